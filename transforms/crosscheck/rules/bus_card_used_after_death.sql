/*
title: 疑点线索：持卡人去世后老年公交卡仍有使用
question: 登记的死亡时间之后，该人员名下的老年公交卡是否仍在使用？
owner: 交通局
legal_basis:
  - 《中华人民共和国老年人权益保障法》第五十八条（乘车优待）
  - 国卫规划发〔2026〕5号（死亡信息按月比对）
  - 《政务数据共享条例》第二十六条（核实与校核）
purposes: [benefit_check]
grace_days: 31
due_working_days: 10
evidence_levels:
  E3: 死亡医学证明或公安死亡注销与持卡记录均按有效证件号码认定为同一人，且无其后本人到场办事的反证
  E2: 两个以上部门的死亡记录相互印证，或有号码一致的记录但存在反证
  E1: 只有一个部门的死亡记录，或身份系按姓名等信息推定；用卡本身也可能说明本人健在
needs: [jiaotong_laonianka]
uses: [death]
revision: 1
*/
with used as (
  select m.person_id, max(m.agreement) as agreement, count(*) as cards,
    count(*) filter (where c.card_status = 'active') as active_cards,
    jsonb_agg(jsonb_build_object('feed', 'jiaotong_laonianka', 'record_key', c.record_key, 'role', m.role)
              order by c.record_key) as evidence
  from jiaotong_laonianka c
  join member m on m.feed = 'jiaotong_laonianka' and m.record_key = c.record_key and m.role = 'person'
  join death d on d.person_id = m.person_id
  where c.last_used_on > d.died_by
  group by m.person_id
)
select d.person_id, 'E' || least(d.level, u.agreement) as evidence_level, d.evidence || u.evidence as evidence,
  d.facts || jsonb_build_object('cards', u.cards, 'active_cards', u.active_cards,
                                'within_grace', d.died_by + r.grace_days >= p.last_day) as facts,
  d.died_by + r.grace_days as grace_until
from death d join used u on u.person_id = d.person_id cross join period p cross join rule r
