/*
purposes: [base_register, benefit_check]
needs: [minzheng_hunyin, gongan_liudong, jiaotong_laonianka, weijian_qianyue]
uses: [death_record]
*/
-- What people do in person. After a recorded death it is counter-evidence: somebody may have been taken for dead.
act_in_person as (
  select m.person_id, a.feed, a.record_key, m.role, a.acted_on
  from (
    select 'minzheng_hunyin' as feed, record_key, registered_on as acted_on from minzheng_hunyin
    union all
    select 'gongan_liudong', record_key, registered_on from gongan_liudong
    union all
    select 'jiaotong_laonianka', record_key, issued_on from jiaotong_laonianka
    union all
    select 'weijian_qianyue', record_key, signed_on from weijian_qianyue
  ) a
  join member m on m.feed = a.feed and m.record_key = a.record_key
  cross join period p
  where a.acted_on <= p.last_day
    and m.feed in ('minzheng_hunyin', 'gongan_liudong', 'jiaotong_laonianka', 'weijian_qianyue')
),
-- One row a person: the latest of the stated dates, so that a disagreement counts in the person's favour.
death_stated as (
  select person_id, coalesce(max(died_by) filter (where dated), max(died_by)) as died_by, bool_or(dated) as dated,
    count(distinct feed) as sources,
    case when bool_or(agreement = 3 and feed <> 'minzheng_binzang') then 3
         when count(distinct feed) > 1 then 2 else 1 end as level,
    jsonb_agg(jsonb_build_object('feed', feed, 'record_key', record_key, 'role', role)
              order by feed, record_key, role) as evidence
  from death_record group by person_id
),
death_doubted as (
  select s.person_id, jsonb_agg(jsonb_build_object('feed', a.feed, 'record_key', a.record_key, 'role', a.role)
                                order by a.feed, a.record_key, a.role) as counter_evidence
  from death_stated s join act_in_person a on a.person_id = s.person_id and a.acted_on > s.died_by
  group by s.person_id
),
death as (
  select s.person_id, s.died_by, s.evidence,
    case when c.person_id is null then s.level else greatest(s.level - 1, 1) end as level,
    jsonb_build_object('death_sources', s.sources, 'death_date_stated', s.dated,
                       'counter_evidence', coalesce(c.counter_evidence, '[]')) as facts
  from death_stated s left join death_doubted c on c.person_id = s.person_id
)
