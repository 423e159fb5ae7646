/*
title: 疑点线索：去世次月起仍有养老金发放
question: 登记的死亡时间之后开始的月份，是否仍向该人员发放了养老金？
owner: 人社局
legal_basis:
  - 《中华人民共和国社会保险法》第五十七条（公安机关通报死亡信息）
  - 国卫规划发〔2026〕5号（死亡信息按月比对）
  - 《政务数据共享条例》第二十六条（核实与校核）
purposes: [benefit_check]
grace_days: 31
due_working_days: 10
evidence_levels:
  E3: 死亡医学证明或公安死亡注销与发放记录均按有效证件号码认定为同一人，且无其后本人到场办事的反证
  E2: 两个以上部门的死亡记录相互印证，或有号码一致的记录但存在反证
  E1: 只有一个部门的死亡记录，或身份系按姓名等信息推定，须先核实是否同一人、是否健在
needs: [renshe_yanglao]
uses: [death]
revision: 1
*/
with paid as (
  select m.person_id, y.record_key, m.role, m.agreement, y.paid_month, d.died_by
  from renshe_yanglao y
  join member m on m.feed = 'renshe_yanglao' and m.record_key = y.record_key and m.role = 'person'
  join death d on d.person_id = m.person_id
  -- A code nobody knows is not a payment that was returned.
  where y.paid_month > d.died_by and coalesce(y.pay_status, 'paid') = 'paid'
),
after_death as (
  select person_id, max(agreement) as agreement, count(*) as payments, count(distinct paid_month) as months,
    jsonb_agg(jsonb_build_object('feed', 'renshe_yanglao', 'record_key', record_key, 'role', role)
              order by record_key) as evidence
  from paid group by person_id
)
select d.person_id, 'E' || least(d.level, a.agreement) as evidence_level, d.evidence || a.evidence as evidence,
  d.facts || jsonb_build_object('payments', a.payments, 'months', a.months,
                                'within_grace', d.died_by + r.grace_days >= p.last_day) as facts,
  d.died_by + r.grace_days as grace_until
from death d join after_death a on a.person_id = d.person_id cross join period p cross join rule r
