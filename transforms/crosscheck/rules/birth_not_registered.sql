/*
title: 疑点线索：出生满三十日尚未申报户口
question: 母亲户籍在本地，新生儿出生已满三十日，户籍登记中仍未见到该新生儿：是否需要提醒并帮助申报出生登记？
owner: 公安局
legal_basis:
  - 《中华人民共和国户口登记条例》第七条（出生后一个月内申报）
  - 《中华人民共和国母婴保健法》第二十三条（出生医学证明）
purposes: [entitlement_outreach]
benefit: true
grace_days: 30
due_working_days: 10
evidence_levels:
  E3: 母亲按有效证件号码与户籍记录认定为同一人
  E2: 母亲按姓名、住址等信息与户籍记录高度一致
  E1: 母亲身份系推定，或者新生儿可能与已登记人员系同一人，须先核实户籍所在地和是否已经申报
absent_from: gongan_hukou
needs: [weijian_chusheng, gongan_hukou]
complete: [gongan_hukou]
revision: 2
*/
with registered as (
  select m.person_id, h.record_key, h.register_status, m.role, m.agreement
  from gongan_hukou h
  join member m on m.feed = 'gongan_hukou' and m.record_key = h.record_key and m.role = 'person'
),
born as (
  select c.record_key, baby.person_id, baby.role, mother.person_id as mother_id, mother.role as mother_role,
    mother.agreement
  from weijian_chusheng c
  join member baby on baby.feed = 'weijian_chusheng' and baby.record_key = c.record_key and baby.role = '新生儿'
  join member mother on mother.feed = 'weijian_chusheng' and mother.record_key = c.record_key and mother.role = '母亲'
  cross join period p cross join rule r
  where (c.born_at at time zone 'Asia/Shanghai')::date + r.grace_days <= p.last_day
),
evidence as (
  select b.person_id, 'weijian_chusheng' as feed, b.record_key, b.role, least(b.agreement, g.agreement) as agreement
  from born b join registered g on g.person_id = b.mother_id
  -- A mother who has died since was local all the same.
  where g.register_status in ('normal', 'deceased')
  union
  select b.person_id, 'gongan_hukou', g.record_key, g.role, least(b.agreement, g.agreement)
  from born b join registered g on g.person_id = b.mother_id
  where g.register_status in ('normal', 'deceased')
)
select e.person_id, 'E' || case when u.records is null then max(e.agreement) else 1 end as evidence_level,
  jsonb_agg(distinct jsonb_build_object('feed', e.feed, 'record_key', e.record_key, 'role', e.role)) as evidence,
  jsonb_build_object('certificates', count(distinct e.record_key) filter (where e.feed = 'weijian_chusheng'),
                     'counter_evidence', coalesce(u.records, '[]')) as facts,
  null::date as grace_until
from evidence e
left join doubted u on u.person_id = e.person_id
where not exists (select from explained x where x.person_id = e.person_id)
group by e.person_id, u.records
