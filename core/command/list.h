/*
 * core/command/list.h
 *	Every command there is, one line each, in the order of help.
 *
 * Memory:  none.
 * Threads: none.
 */
#ifndef CORE_COMMAND_LIST_H
#define CORE_COMMAND_LIST_H

#define CMD_LIST(X) \
	X(load) \
	X(run) \
	X(profile) \
	X(apply) \
	X(export) \
	X(job_list) \
	X(job_count) \
	X(job_show) \
	X(job_logs) \
	X(job_watch) \
	X(job_wait) \
	X(job_cancel) \
	X(job_retry) \
	X(job_pause) \
	X(job_resume) \
	X(logs) \
	X(log_list) \
	X(reject_list) \
	X(reject_groups) \
	X(reject_show) \
	X(reject_export) \
	X(reject_discard) \
	X(pipeline_list) \
	X(pipeline_show) \
	X(pipeline_ages) \
	X(pipeline_preview) \
	X(pipeline_run) \
	X(pipeline_pause) \
	X(pipeline_resume) \
	X(pipeline_remove) \
	X(mapping_show) \
	X(mapping_status) \
	X(mapping_preview) \
	X(mapping_try) \
	X(mapping_sources) \
	X(mapping_set) \
	X(mapping_undo) \
	X(mapping_redo) \
	X(mapping_diff) \
	X(mapping_export) \
	X(mapping_import) \
	X(mapping_publish) \
	X(mapping_discard) \
	X(mapping_history) \
	X(mapping_validate) \
	X(schedule_add) \
	X(schedule_list) \
	X(schedule_show) \
	X(schedule_next) \
	X(schedule_pause) \
	X(schedule_resume) \
	X(schedule_run) \
	X(schedule_remove) \
	X(connection_add) \
	X(connection_list) \
	X(connection_show) \
	X(connection_test) \
	X(connection_streams) \
	X(connection_fields) \
	X(connection_sample) \
	X(connection_remove) \
	X(connector_list) \
	X(connector_show) \
	X(alert_add) \
	X(alert_list) \
	X(alert_show) \
	X(alert_test) \
	X(alert_pause) \
	X(alert_resume) \
	X(alert_remove) \
	X(bookmark_list) \
	X(bookmark_set) \
	X(bookmark_clear) \
	X(queue_list) \
	X(queue_stats) \
	X(queue_minutes) \
	X(queue_pause) \
	X(queue_resume) \
	X(queue_limits) \
	X(queue_limits_set) \
	X(queue_limits_remove) \
	X(engine_list) \
	X(engine_drain) \
	X(work) \
	X(migrate_status) \
	X(migrate_up) \
	X(migrate_down) \
	X(console) \
	X(db_start) \
	X(db_stop) \
	X(db_status) \
	X(db_psql) \
	X(doctor) \
	X(completion) \
	X(complete) \
	X(help)
#endif
