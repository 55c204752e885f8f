-- core/meta/sql/repair_learn.sql
-- Many rejects were changed, and are about to be asked for.
select leat.repair_learn()
