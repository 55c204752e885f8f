-- core/meta/sql/repair_next.sql
-- The act that an undo (a redo) of one's own is about: null when there is none.
select case when $1::boolean
    then (select min(a.id) from leat.repair_act a
           where a.who = session_user and a.undone_at is not null and a.rejects > 0
             and a.id > coalesce((select max(b.id) from leat.repair_act b
                                   where b.who = session_user and b.undone_at is null
                                     and b.rejects > 0), 0))
    else (select max(a.id) from leat.repair_act a
           where a.who = session_user and a.undone_at is null and a.rejects > 0)
    end as id
