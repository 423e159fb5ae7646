"""One record as each department writes it: the cells of its row, in its words, dates and codes."""

from datetime import date, timedelta
from typing import Any

from benchmarks.counties import numbers
from benchmarks.counties.clerk import Clerk
from benchmarks.counties.people import next_month
from benchmarks.counties.registers import Company, Entry

Row = dict[str, Any]
HOW = ("已上报", "已派发", "处置中", "已办结")


def row(entry: Entry, clerk: Clerk) -> Row:
    """The cells of `entry` by the names its file gives them. Dates of spreadsheets and DBF stay dates."""
    clerk.begin()
    return FORMS[entry.feed](entry, clerk)


def _hukou(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    status = entry.facts["status"]
    gone = {"死亡注销": p.deregistered, "迁出注销": p.moved_out}.get(status)
    return {
        "人员编号": entry.key,
        "户号": p.household,
        "与户主关系": p.relation,
        "姓名": clerk.name(p),
        "性别": clerk.sex(p, "1", "2"),
        "出生日期": f"{clerk.birth(p):%Y%m%d}",
        "公民身份号码": clerk.number(p, 0.002, 0.003),
        "民族": r.choice(("汉族", "汉族", "汉族", "苗族")),
        "政治面貌": r.choice(("群众", "群众", "党员")),
        "户籍地址": clerk.place(p.home, 0.9),
        "联系电话": clerk.phone(p, 0.08),
        "户籍状态": status,
        "注销日期": f"{gone:%Y%m%d}" if gone else "",
        "更新时间": f"{entry.month + timedelta(days=r.randrange(28))} 08:00:00",
    }


def _liudong(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    return {
        "登记编号": entry.key,
        "姓名": clerk.name(p, 0.025),
        "性别": clerk.sex(p),
        "证件号码": clerk.number(p, 0.05, 0.035),
        "户籍所在地": p.origin,
        "现居住地址": clerk.place(clerk.where(p)),
        "手机号": clerk.phone(p, 0.15),
        "登记日期": f"{_since(p.born, entry.month, clerk):%Y.%m.%d}" if r.random() < 0.9 else "",
    }


def _hunyin(entry: Entry, clerk: Clerk) -> Row:
    him, her = entry.who["男方"], entry.who["女方"]
    on: date = entry.facts["on"]
    return {
        "登记字号": entry.key,
        "男方姓名": clerk.name(him),
        "男方身份证号": clerk.number(him, 0.007),
        "女方姓名": clerk.name(her),
        "女方身份证号": clerk.number(her, 0.007),
        "登记日期": f"{on.year}年{on.month}月{on.day}日",
        "业务类型": clerk.random.choices(("结婚登记", "补领结婚证", "离婚登记"), (92, 5, 3))[0],
    }


def _dibao(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    town = r.choice(clerk.county.map.towns) if entry.copy else p.home.town
    return {
        "低保编号": entry.key,
        "户主姓名": clerk.name(p),
        "身份证号": clerk.number(p, 0.03, 0.03),
        "所属乡镇": town,
        "家庭住址": clerk.place(p.home),
        "保障人数": str(r.randint(1, 4)),
        "月发放金额": str(r.randint(300, 900)) + r.choice(("", "", ".00")),
        "婚姻状况": r.choice(("已婚", "未婚", "丧偶", "离异")),
    }


def _gaoling(entry: Entry, clerk: Clerk) -> Row:
    p = entry.who["person"]
    return {
        "序号": entry.key,
        "姓名": clerk.name(p),
        "身份证号码": clerk.number(p, 0.045, 0.035),
        "出生年月": clerk.birth(p),
        "住址": clerk.place(clerk.where(p)),
        "电话": clerk.phone(p, 0.2),
        "发放标准(元)": 200 if p.age(entry.month) >= 90 else 100,
    }


def _binzang(entry: Entry, clerk: Clerk) -> Row:
    p, died = entry.who["person"], entry.facts["died"]
    return {
        "HHBH": entry.key,
        "XM": clerk.name(p, 0.03),
        "XB": clerk.sex(p),
        "SFZH": clerk.number(p, 0.12),
        "NL": max(0, p.age(died) + (clerk.random.choice((-1, 1)) if clerk.slip(0.05) else 0)),
        "SWRQ": died,
        "HHRQ": died + timedelta(days=clerk.random.randint(1, 4)),
    }


def _yanglao(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    return {
        "个人编号": entry.key,
        "身份证号": clerk.number(p, 0.006, 0.011, 0.055),
        "姓名": clerk.name(p),
        "银行卡号": numbers.bank_card(r),
        "发放金额(分)": f"{r.randint(18000, 470000):010d}",
        "发放月份": f"{entry.facts['paid']:%Y%m}",
        "发放状态": "1",
    }


def _canbao(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    company: Company = entry.facts["company"]
    return {
        "grbh": entry.key,
        "sfzh": clerk.number(p, 0.005, 0.011),
        "xm": clerk.name(p),
        "csrq": clerk.birth(p).isoformat(),
        "lxdh": clerk.phone(p, 0.18),
        "dwxydm": "" if clerk.slip(0.02) else company.code,
        "dwmc": company.name,
        "jfjs": str(r.randint(3800, 15000)),
        "fkssq": f"{entry.month:%Y-%m}",
    }


def _chanquan(entry: Entry, clerk: Clerk) -> Row:
    owners = [
        {"姓名": clerk.name(p), "证件种类": "身份证", "证件号": clerk.number(p, 0.012)} for p in entry.who.values()
    ]
    place = clerk.county.map.spelled(entry.facts["place"], clerk.random, 0.8, 0.1)
    return {"不动产单元号": entry.key, "坐落": place, "面积": f"{entry.facts['area']:.2f}", "权利人": owners}


def _gongzu(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    return {
        "合同编号": entry.key,
        "承租人": clerk.name(p),
        "身份证号": clerk.number(p, 0.015, 0.015),
        "联系方式": clerk.phone(p, 0.15),
        "房屋坐落": f"保障房{r.randint(1, 12)}栋{r.randint(1, 3)}单元{r.randint(101, 1804)}",
        "月租金": r.randint(90, 420),
    }


def _chusheng(entry: Entry, clerk: Clerk) -> Row:
    child, mother, father = entry.who["新生儿"], entry.who["母亲"], entry.who.get("父亲")
    r = clerk.random
    clock = f"{r.randrange(24):02d}:{r.randrange(60):02d}:00+08:00"
    she = {"姓名": clerk.name(mother), "证件号": clerk.number(mother, 0.02), "住址": clerk.place(clerk.where(mother))}
    he = {"姓名": clerk.name(father), "证件号": clerk.number(father, 0.03)} if father else None
    return {
        "出生证编号": entry.key,
        "新生儿姓名": None if r.random() < 0.4 else clerk.name(child),
        "性别": clerk.sex(child),
        "出生时间": f"{child.born}T{clock}",
        "母亲": she,
        "父亲": he,
    }


def _siwang(entry: Entry, clerk: Clerk) -> Row:
    p = entry.who["person"]
    return {
        "证明编号": entry.key,
        "死者姓名": clerk.name(p),
        "性别": clerk.sex(p, "M", "F"),
        "出生日期": clerk.birth(p).isoformat(),
        "身份证件号码": clerk.number(p, 0.04),
        "死亡日期": entry.facts["died"].isoformat(),
        "常住地址": clerk.place(clerk.where(p)),
    }


def _qianyue(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    on = _since(max(p.born, date(entry.month.year, 1, 1)), entry.month, clerk)
    remark = r.choices(("", "\n(搬迁)", '"老屋"', ",靠近村口"), (955, 20, 15, 10))[0]
    return {
        "签约编号": entry.key,
        "姓名": clerk.name(p, 0.025),
        "身份证号": clerk.number(p, 0.08, 0.028),
        "电话": clerk.phone(p, 0.2),
        "住址": clerk.place(clerk.where(p)) + remark,
        "签约团队": r.choice(("张医生", "李医生,王护士", "刘医生")),
        "签约日期": f"{on.year}/{on.month}/{on.day}",
    }


def _xueji(entry: Entry, clerk: Clerk) -> Row:
    p, guardian = entry.who["person"], entry.who.get("监护人")
    town = p.lives.town[:2]
    young = p.age(entry.month) < 12
    school = f"{town}第{'一二'[p.number % 2]}小学" if young else f"{town}中学"
    return {
        "@sheet": school,
        "学籍号": entry.key,
        "姓名": clerk.name(p),
        "性别": clerk.sex(p),
        "身份证件号": clerk.number(p, 0.06, 0.015),
        "出生日期": f"{clerk.birth(p):%Y%m%d}",
        "监护人姓名": clerk.name(guardian, 0.015) if guardian else "",
        "监护人电话": clerk.phone(guardian, 0.2),
        "家庭住址": clerk.place(clerk.where(p)),
    }


def _laonianka(entry: Entry, clerk: Clerk) -> Row:
    p, used = entry.who["person"], entry.facts["used"]
    sixty = p.born + timedelta(days=21916)
    issued = min(used, max(sixty, date(2017, 1, 15) + timedelta(days=p.number % 2900)))
    return {
        "card_no": entry.key,
        "holder": clerk.name(p),
        "id_card": clerk.number(p, 0.08, 0.015),
        "mobile": clerk.phone(p, 0.4),
        "issued_on": issued.isoformat(),
        "last_used_on": used.isoformat(),
        "status": 0 if clerk.random.random() < 0.06 else 1,
        "update_time": f"{used} 23:10:00",
    }


def _qiye(entry: Entry, clerk: Clerk) -> Row:
    company: Company = entry.facts["company"]
    boss = entry.who.get("法定代表人")
    return {
        "统一社会信用代码": company.code,
        "企业名称": company.name,
        "主体类型": company.kind,
        "法定代表人": clerk.name(boss, 0.02) if boss else "",
        "法人证件号": clerk.masked(boss, 0.16, 0.01) if boss else "",
        "经营场所": clerk.place(company.seat, 0.8),
        "成立日期": company.founded.isoformat(),
        "登记状态": entry.facts["status"],
    }


def _tiaojie(entry: Entry, clerk: Clerk) -> Row:
    r, at = clerk.random, entry.facts["at"]
    parties = [
        {"姓名": clerk.name(p), "证件号": clerk.number(p, 0.15, 0.02), "电话": clerk.phone(p, 0.25)}
        for p in entry.who.values()
    ]
    closed = f"{at + timedelta(days=r.randint(1, 40))}T16:{r.randrange(60):02d}:00+08:00"
    return {
        "案件编号": entry.key,
        "纠纷类型": r.choice(("土地承包", "宅基地", "邻里", "劳动争议", "损害赔偿", "婚姻家庭")),
        "乡镇": r.choice(clerk.county.map.towns),
        "受理时间": f"{at}T09:{r.randrange(60):02d}:00+08:00",
        "办结时间": closed if r.random() < 0.8 else None,
        "结果": r.choice(("调解成功", "调解成功", "调解不成")),
        "当事人": parties,
    }


def _yinhuan(entry: Entry, clerk: Clerk) -> Row:
    r, at = clerk.random, entry.facts["at"]
    company: Company = entry.facts["company"]
    name = company.name.replace("有限公司", r.choice(("有限公司", "公司", "")))
    fixed = f"{at + timedelta(days=r.randint(3, 40))}T15:{r.randrange(60):02d}:00+08:00"
    place = f"{r.choice(clerk.county.map.towns)}{r.choice(clerk.county.map.roads)}"
    return {
        "隐患编号": entry.key,
        "企业名称": name,
        "信用代码": company.code if r.random() < 0.6 else None,
        "隐患等级": r.choice(("一般", "一般", "一般", "重大")),
        "发现时间": f"{at}T10:{r.randrange(60):02d}:00+08:00",
        "整改期限": (at + timedelta(days=15)).isoformat(),
        "整改完成时间": fixed if r.random() < 0.8 else None,
        "地点": place,
    }


def _shijian(entry: Entry, clerk: Clerk) -> Row:
    r, at, p = clerk.random, entry.facts["at"], entry.who.get("反映人")
    how = r.choices(HOW, (5, 8, 7, 80))[0]
    sent = None if how == "已上报" else f"{at}T11:{r.randrange(60):02d}:00+08:00"
    closed = f"{at + timedelta(days=r.randint(0, 20))}T15:{r.randrange(60):02d}:00+08:00" if how == HOW[3] else None
    return {
        "事件编号": entry.key,
        "类别": r.choice(("矛盾纠纷", "治安线索", "安全隐患", "环境卫生", "特殊人群服务")),
        "网格编码": f"{r.choice(list(clerk.county.map.codes.values()))}{r.randint(1, 9):03d}",
        "网格员": f"网格员{r.randint(1, 40)}",
        "上报时间": f"{at}T08:{r.randrange(60):02d}:00+08:00",
        "派发时间": sent,
        "承办部门": r.choice(("司法局", "应急局", "交通局", "教育局")) if sent else None,
        "办结时间": closed,
        "状态": how,
        "满意度": r.randint(3, 5) if closed else None,
        "反映人": {"姓名": clerk.name(p), "电话": clerk.phone(p, 0.25)} if p else None,
        "描述": r.choice(("楼道堆物", "邻里噪音纠纷", "路灯不亮", "独居老人需上门")),
    }


def _zoufang(entry: Entry, clerk: Clerk) -> Row:
    p, r = entry.who["person"], clerk.random
    born = clerk.birth(p)
    return {
        "走访编号": entry.key,
        "网格编码": f"{clerk.county.map.codes[p.lives.town]}{p.number % 9 + 1:03d}",
        "姓名": clerk.name(p, 0.04),
        "性别": clerk.sex(p),
        "身份证号": clerk.number(p, 0.35, 0.04),
        "手机": clerk.phone(p, 0.2),
        "出生日期": str(born.year) if r.random() < 0.25 else born.isoformat(),
        "现住址": clerk.place(clerk.where(p), 0.0, 0.12),
        "居住方式": r.choice(("自有", "租住", "借住")),
    }


def _since(first: date, month: date, clerk: Clerk) -> date:
    """A day between `first` (not before 2023) and the end of `month`."""
    last = next_month(month) - timedelta(days=1)
    start = max(first, date(2023, 1, 1))
    return start + timedelta(days=clerk.random.randint(0, max(0, (last - start).days)))


FORMS = {
    "gongan_hukou": _hukou,
    "gongan_liudong": _liudong,
    "minzheng_hunyin": _hunyin,
    "minzheng_dibao": _dibao,
    "minzheng_gaoling": _gaoling,
    "minzheng_binzang": _binzang,
    "renshe_yanglao": _yanglao,
    "renshe_canbao": _canbao,
    "fangguan_chanquan": _chanquan,
    "fangguan_gongzu": _gongzu,
    "weijian_chusheng": _chusheng,
    "weijian_siwang": _siwang,
    "weijian_qianyue": _qianyue,
    "jiaoyu_xueji": _xueji,
    "jiaotong_laonianka": _laonianka,
    "shichang_qiye": _qiye,
    "sifa_tiaojie": _tiaojie,
    "yingji_yinhuan": _yinhuan,
    "wangge_shijian": _shijian,
    "wangge_zoufang": _zoufang,
}
