/*
title: 疑点线索：年满八十周岁的户籍老人未领取高龄津贴
question: 该老人当月一日已满八十周岁，户籍在本地，未见死亡记录，也不在高龄津贴名册上：是否可以主动告知并协助申领？
owner: 民政局
legal_basis:
  - 《中华人民共和国老年人权益保障法》第三十三条（高龄津贴）
  - 《政务数据共享条例》第二十条（按需共享）
purposes: [entitlement_outreach]
benefit: true
due_working_days: 10
evidence_levels:
  E3: 户籍记录与其他部门记录按有效证件号码相互印证
  E2: 只有户籍记录，或与其他记录按姓名、出生日期等信息高度一致
  E1: 身份系推定，或者可能与领取人员、亡故人员系同一人，须先核实年龄和是否已在领取
absent_from: minzheng_gaoling
needs: [gongan_hukou]
complete: [gongan_hukou, minzheng_gaoling]
revision: 2
*/
select n.person_id, 'E' || case when u.records is null then max(m.agreement) else 1 end as evidence_level,
  jsonb_agg(jsonb_build_object('feed', 'gongan_hukou', 'record_key', h.record_key, 'role', m.role)
            order by h.record_key) as evidence,
  jsonb_build_object('entries', count(*), 'counter_evidence', coalesce(u.records, '[]')) as facts, null::date as grace_until
from gongan_hukou h
join member m on m.feed = 'gongan_hukou' and m.record_key = h.record_key and m.role = 'person'
join person n on n.person_id = m.person_id
cross join period p
left join doubted u on u.person_id = n.person_id
where h.register_status = 'normal'
  -- Known by the year alone, a person counts as eighty once the whole year is past.
  and n.born_to + interval '80 years' <= p.first_day
  and not exists (select from explained x where x.person_id = n.person_id)
group by n.person_id, u.records
