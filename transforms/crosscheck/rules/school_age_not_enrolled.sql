/*
title: 疑点线索：学龄儿童不在任何学校名册上
question: 该儿童八月三十一日前已满六周岁、未满十五周岁，户籍在本地，却不在学校名册上：是否在外地就读、延缓入学，还是需要帮助入学？
owner: 教育局
legal_basis:
  - 《中华人民共和国义务教育法》第十一条（年满六周岁入学）
  - 《中华人民共和国义务教育法》第十三条（督促和帮助适龄儿童入学）
purposes: [entitlement_outreach]
benefit: true
due_working_days: 10
evidence_levels:
  E3: 户籍记录与其他部门记录按有效证件号码相互印证
  E2: 只有户籍记录，或与其他记录按姓名、出生日期等信息高度一致
  E1: 身份系推定，或者可能与在读学生、亡故人员系同一人，须先核实年龄和是否已经在读
absent_from: jiaoyu_xueji
needs: [gongan_hukou]
complete: [gongan_hukou, jiaoyu_xueji]
revision: 2
*/
with school_year as (
  -- The last 31 August before a school year that has begun by the end of the month.
  select make_date(extract(year from first_day - interval '8 months')::int, 8, 31) as age_on from period
)
select n.person_id, 'E' || case when u.records is null then max(m.agreement) else 1 end as evidence_level,
  jsonb_agg(jsonb_build_object('feed', 'gongan_hukou', 'record_key', h.record_key, 'role', m.role)
            order by h.record_key) as evidence,
  jsonb_build_object('entries', count(*), 'counter_evidence', coalesce(u.records, '[]')) as facts, null::date as grace_until
from gongan_hukou h
join member m on m.feed = 'gongan_hukou' and m.record_key = h.record_key and m.role = 'person'
join person n on n.person_id = m.person_id
cross join school_year y
left join doubted u on u.person_id = n.person_id
where h.register_status = 'normal'
  -- Only children whose age is certain: a birth known by the year alone must fit on its first and on its last day.
  and n.born_to + interval '6 years' <= y.age_on
  and n.born_from + interval '15 years' > y.age_on
  and not exists (select from explained x where x.person_id = n.person_id)
group by n.person_id, u.records
