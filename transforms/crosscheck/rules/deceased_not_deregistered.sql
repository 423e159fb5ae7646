/*
title: 疑点线索：有死亡记录而户籍状态仍为正常
question: 已有部门登记该人员死亡，户籍登记是否应作死亡注销，还是死亡记录有误？
owner: 公安局
legal_basis:
  - 《中华人民共和国户口登记条例》第八条（死亡登记）
  - 国卫规划发〔2026〕5号（死亡信息按月比对）
  - 《政务数据共享条例》第二十六条（核实与校核）
purposes: [base_register]
grace_days: 31
due_working_days: 10
evidence_levels:
  E3: 死亡医学证明与户籍记录均按有效证件号码认定为同一人，且无其后本人到场办事的反证
  E2: 两个以上部门的死亡记录相互印证，或有号码一致的记录但存在反证
  E1: 只有一个部门的死亡记录，或身份系按姓名等信息推定，须先核实是否同一人、是否健在
needs: [gongan_hukou]
uses: [death]
revision: 1
*/
with registered as (
  select m.person_id, max(m.agreement) as agreement, count(*) as entries,
    jsonb_agg(jsonb_build_object('feed', 'gongan_hukou', 'record_key', h.record_key, 'role', m.role)
              order by h.record_key) as evidence
  from gongan_hukou h
  join member m on m.feed = 'gongan_hukou' and m.record_key = h.record_key and m.role = 'person'
  join death d on d.person_id = m.person_id
  where h.register_status = 'normal'
  group by m.person_id
)
select d.person_id, 'E' || least(d.level, g.agreement) as evidence_level, d.evidence || g.evidence as evidence,
  -- The law gives a month to register a death; inside it the lead waits, it isn't hidden.
  d.facts || jsonb_build_object('entries', g.entries,
                                'within_grace', d.died_by + r.grace_days >= p.last_day) as facts,
  d.died_by + r.grace_days as grace_until
from death d join registered g on g.person_id = d.person_id cross join period p cross join rule r
