/*
title: 疑点线索：公共租赁住房承租人名下有不动产
question: 该承租人是否单独或共同拥有不动产单元？是否仍符合公共租赁住房配租条件？
owner: 房管局
legal_basis:
  - 《公共租赁住房管理办法》第七条（申请条件）、第三十一条（腾退情形）
  - 《政务数据共享条例》第二十六条（核实与校核）
purposes: [benefit_check]
due_working_days: 10
evidence_levels:
  E3: 承租人与权利人均按有效证件号码认定为同一人
  E2: 至少一处系按姓名、地址等信息高度一致认定
  E1: 至少一处系推定，须先核实是否同一人
needs: [fangguan_gongzu, fangguan_chanquan]
revision: 1
*/
with rents as (
  select m.person_id, max(m.agreement) as agreement,
    jsonb_agg(jsonb_build_object('feed', 'fangguan_gongzu', 'record_key', g.record_key, 'role', m.role)
              order by g.record_key) as evidence
  from fangguan_gongzu g
  join member m on m.feed = 'fangguan_gongzu' and m.record_key = g.record_key and m.role = 'person'
  group by m.person_id
),
owned as (
  select m.person_id, u.record_key, max(m.agreement) as agreement, min(m.role) as role
  from fangguan_chanquan u
  join member m on m.feed = 'fangguan_chanquan' and m.record_key = u.record_key and m.role like '权利人%'
  join rents a on a.person_id = m.person_id
  group by m.person_id, u.record_key
),
homes as (
  select person_id, count(*) as units, max(agreement) as agreement,
    jsonb_agg(jsonb_build_object('feed', 'fangguan_chanquan', 'record_key', record_key, 'role', role)
              order by record_key) as evidence
  from owned group by person_id
)
select r.person_id, 'E' || least(r.agreement, h.agreement) as evidence_level, r.evidence || h.evidence as evidence,
  jsonb_build_object('units', h.units) as facts, null::date as grace_until
from rents r join homes h on h.person_id = r.person_id
