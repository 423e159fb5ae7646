"""Compound surnames, and surnames that are read unlike the same character elsewhere. Data only, simplified forms.

Left out on purpose: compounds that are rarer than a single surname followed by a given name (贺兰, 章佳, 谷梁, 单于).
"""

_COMPOUND = (
    "欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 司空 轩辕 端木 申屠 万俟 闻人 澹台 "
    "公冶 濮阳 淳于 太叔 公羊 赫连 钟离 鲜于 闾丘 亓官 仲孙 司寇 子车 颛孙 巫马 公西 漆雕 壤驷 公良 拓跋 夹谷 "
    "宰父 百里 东郭 南门 呼延 羊舌 微生 梁丘 左丘 东门 西门 南宫 第五 独孤 哥舒 完颜 耶律 纳兰 叶赫 那拉 东里 "
    "公仪 屈突 达奚 斛律 沮渠 尔朱 乞伏 秃发 贺拔 富察"
)
COMPOUND: frozenset[str] = frozenset(_COMPOUND.split())

# surname=toneless syllables ("_" between two); where several readings are lawful, the commoner
_READINGS = (
    "曾=zeng 单=shan 仇=qiu 解=xie 查=zha 区=ou 盖=ge 任=ren 华=hua 朴=piao 乐=yue 召=shao 折=she 缪=miao "
    "冼=xian 洗=xian 种=chong 秘=bi 燕=yan 宁=ning 那=na 覃=qin 翟=zhai 逄=pang 员=yun 贠=yun 车=che 祭=zhai "
    "黑=he 隗=wei 郇=xun 哈=ha 阚=kan 葛=ge 过=guo 撒=sa 应=ying 宿=su 柏=bai 都=du 干=gan 佴=nai 繁=po "
    "句=gou 邸=di 藏=zang 薄=bo 相=xiang 莘=shen 於=yu 于=yu 谌=chen 谷=gu 呙=guo 贲=ben 费=fei 强=qiang "
    "石=shi 会=gui 汤=tang 贾=jia 重=chong 宓=mi 尹=yin 尉=wei 晁=chao 郗=xi 郄=qie 瞿=qu 臧=zang 佘=she "
    "卜=bu 卞=bian 颉=xie 牟=mou 仉=zhang 乜=nie 盛=sheng 长=chang 降=jiang 行=xing 幺=yao 占=zhan 沈=shen "
    "瞫=shen 角=jue 少=shao 殷=yin 恽=yun 嵇=ji 岑=cen 笪=da 眭=sui 厍=she 曲=qu 褚=chu 芮=rui 芈=mi 逯=lu "
    "禚=zhuo 亓=qi 靳=jin 綦=qi 尉迟=yu_chi 万俟=mo_qi 长孙=zhang_sun 令狐=ling_hu 澹台=tan_tai 鲜于=xian_yu "
    "淳于=chun_yu 尔朱=er_zhu 亓官=qi_guan 宰父=zai_fu 夏侯=xia_hou 呼延=hu_yan"
)
READINGS: dict[str, str] = {
    surname: reading.replace("_", " ") for surname, reading in (pair.split("=") for pair in _READINGS.split())
}
