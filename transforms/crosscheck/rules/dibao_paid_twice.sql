/*
title: 疑点线索：同一人有两条及以上低保发放记录
question: 低保发放台账中的这些记录是否为同一人重复发放，还是重名或录入错误？
owner: 民政局
legal_basis:
  - 《中华人民共和国社会救助法》第四十六条至第四十八条（定期核查；减少或停止前听取意见、书面说明理由）
  - 《政务数据共享条例》第二十六条（核实与校核）
purposes: [benefit_check]
due_working_days: 10
evidence_levels:
  E3: 两条记录均按有效证件号码认定为同一人
  E2: 至少一条系按姓名、地址等信息高度一致认定
  E1: 至少一条系推定，须先核实是否同一人
needs: [minzheng_dibao]
revision: 1
*/
select m.person_id,
  'E' || case when count(*) filter (where m.agreement = 3) >= 2 then 3
              when count(*) filter (where m.agreement >= 2) >= 2 then 2 else 1 end as evidence_level,
  jsonb_agg(jsonb_build_object('feed', 'minzheng_dibao', 'record_key', b.record_key, 'role', m.role)
            order by b.record_key) as evidence,
  jsonb_build_object('entries', count(*)) as facts, null::date as grace_until
from minzheng_dibao b
join member m on m.feed = 'minzheng_dibao' and m.record_key = b.record_key and m.role = 'person'
group by m.person_id having count(*) >= 2
