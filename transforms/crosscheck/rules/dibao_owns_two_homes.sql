/*
title: 疑点线索：低保户主名下有两套及以上不动产
question: 该低保户主是否单独或共同拥有两个及以上不动产单元？保障条件是否需要复核？
owner: 民政局
legal_basis:
  - 《中华人民共和国社会救助法》第四十条、第四十一条（经授权的家庭经济状况核对）
  - 《中华人民共和国社会救助法》第四十六条至第四十八条（定期核查；减少或停止前听取意见、书面说明理由）
purposes: [benefit_check]
due_working_days: 10
evidence_levels:
  E3: 低保记录与两套不动产的权利人均按有效证件号码认定为同一人
  E2: 至少一处系按姓名、地址等信息高度一致认定
  E1: 至少一处系推定，须先核实是否同一人
needs: [minzheng_dibao, fangguan_chanquan]
revision: 1
*/
with aided as (
  select m.person_id, max(m.agreement) as agreement,
    jsonb_agg(jsonb_build_object('feed', 'minzheng_dibao', 'record_key', b.record_key, 'role', m.role)
              order by b.record_key) as evidence
  from minzheng_dibao b
  join member m on m.feed = 'minzheng_dibao' and m.record_key = b.record_key and m.role = 'person'
  group by m.person_id
),
owned as (
  -- One row a person and unit, however often the person is entered as its owner.
  select m.person_id, u.record_key, max(m.agreement) as agreement, min(m.role) as role
  from fangguan_chanquan u
  join member m on m.feed = 'fangguan_chanquan' and m.record_key = u.record_key and m.role like '权利人%'
  join aided a on a.person_id = m.person_id
  group by m.person_id, u.record_key
),
homes as (
  select person_id, count(*) as units,
    case when count(*) filter (where agreement = 3) >= 2 then 3
         when count(*) filter (where agreement >= 2) >= 2 then 2 else 1 end as agreement,
    jsonb_agg(jsonb_build_object('feed', 'fangguan_chanquan', 'record_key', record_key, 'role', role)
              order by record_key) as evidence
  from owned group by person_id having count(*) >= 2
)
select a.person_id, 'E' || least(a.agreement, h.agreement) as evidence_level, a.evidence || h.evidence as evidence,
  jsonb_build_object('units', h.units) as facts, null::date as grace_until
from aided a join homes h on h.person_id = a.person_id
