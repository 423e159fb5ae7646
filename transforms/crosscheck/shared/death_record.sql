/*
purposes: [base_register]
needs: [weijian_siwang, minzheng_binzang, gongan_hukou]
*/
-- One row a record that says somebody had died by the end of the month. `died_by` is the date of death where a record
-- states it (`dated`); a cancelled register entry only says when it was cancelled, or else in which month it was seen.
death_record as (
  select m.person_id, d.feed, d.record_key, m.role, d.died_by, d.dated, m.agreement
  from (
    select 'weijian_siwang' as feed, s.record_key, s.died_on as died_by, true as dated from weijian_siwang s
    union all
    select 'minzheng_binzang', b.record_key, b.died_on, true from minzheng_binzang b
    union all
    select 'gongan_hukou', h.record_key,
      least(coalesce(h.cancelled_on, (h.valid_from + interval '1 month - 1 day')::date), p.last_day), false
    from gongan_hukou h cross join period p where h.register_status = 'deceased'
  ) d
  join member m on m.feed = d.feed and m.record_key = d.record_key and m.role = 'person'
  cross join period p
  where d.died_by <= p.last_day
    and m.feed in ('weijian_siwang', 'minzheng_binzang', 'gongan_hukou') -- so that the index on member is used
)
