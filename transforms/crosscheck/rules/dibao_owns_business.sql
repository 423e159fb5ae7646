/*
title: 疑点线索：低保户主担任存续市场主体的法定代表人
question: 该低保户主是否为存续市场主体的法定代表人或经营者？保障条件是否需要复核？
owner: 民政局
legal_basis:
  - 《中华人民共和国社会救助法》第四十条、第四十一条（经授权的家庭经济状况核对）
  - 《中华人民共和国社会救助法》第四十六条至第四十八条（定期核查；减少或停止前听取意见、书面说明理由）
purposes: [benefit_check]
due_working_days: 10
evidence_levels:
  E3: 低保记录与法定代表人均按有效证件号码认定为同一人
  E2: 至少一处系按姓名、地址等信息高度一致认定（登记的证件号码常被遮掩）
  E1: 至少一处系推定，须先核实是否同一人、是否被冒名登记
needs: [minzheng_dibao, shichang_qiye]
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
runs as (
  select m.person_id, max(m.agreement) as agreement, count(*) as businesses,
    jsonb_agg(jsonb_build_object('feed', 'shichang_qiye', 'record_key', q.record_key, 'role', m.role)
              order by q.record_key) as evidence
  from shichang_qiye q
  join member m on m.feed = 'shichang_qiye' and m.record_key = q.record_key and m.role = '法定代表人'
  join aided a on a.person_id = m.person_id
  where q.registration_status = 'active'
  group by m.person_id
)
select a.person_id, 'E' || least(a.agreement, r.agreement) as evidence_level, a.evidence || r.evidence as evidence,
  jsonb_build_object('businesses', r.businesses) as facts, null::date as grace_until
from aided a join runs r on r.person_id = a.person_id
