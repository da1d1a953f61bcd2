package import Storage

/// Tables of reports. Numbers 70–79 of the one list.
package enum ReportsSchema {
    package static let migrations = [
        Migration(
            70,
            "facts of requests and of labour time, kept by a reader of the log, so that a year is counted in one walk",
            [
                """
                CREATE TABLE request_fact (
                    request_id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL, topic_id TEXT,
                    unit_id TEXT, client_id TEXT NOT NULL, assignee_id TEXT, origin TEXT NOT NULL, state TEXT NOT NULL,
                    wait TEXT, is_open BIGINT NOT NULL, registered_at BIGINT NOT NULL, answered_at BIGINT, solved_at BIGINT,
                    ended_at BIGINT, rated_at BIGINT, moved_at BIGINT NOT NULL, deadline_at BIGINT, answer_due_at BIGINT,
                    answer_minutes BIGINT, solve_minutes BIGINT, plan_minutes BIGINT, fact_minutes BIGINT NOT NULL,
                    answer_missed BIGINT NOT NULL, missed BIGINT NOT NULL, rating BIGINT, has_comment BIGINT NOT NULL,
                    reopened BIGINT NOT NULL, closed_unanswered BIGINT NOT NULL)
                """,
                "CREATE INDEX request_fact_registered ON request_fact (organisation_id, registered_at)",
                "CREATE INDEX request_fact_solved ON request_fact (organisation_id, solved_at) WHERE solved_at IS NOT NULL",
                "CREATE INDEX request_fact_rated ON request_fact (organisation_id, rated_at) WHERE rated_at IS NOT NULL",
                "CREATE INDEX request_fact_open ON request_fact (organisation_id) WHERE is_open = 1",
                """
                CREATE TABLE labour_fact (
                    entry_id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, request_id TEXT NOT NULL,
                    person_id TEXT NOT NULL, minutes BIGINT NOT NULL, at BIGINT NOT NULL)
                """,
                "CREATE INDEX labour_fact_at ON labour_fact (organisation_id, at)",
                "CREATE INDEX labour_fact_of ON labour_fact (request_id, at)",
            ]),
        Migration(
            71, "saved reports and their sending by mail",
            [
                """
                CREATE TABLE saved_report (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL, name TEXT NOT NULL,
                    kind TEXT NOT NULL, query TEXT NOT NULL, is_shared BIGINT NOT NULL, made_at BIGINT NOT NULL,
                    changed_at BIGINT NOT NULL, ended_at BIGINT)
                """,
                "CREATE INDEX saved_report_of ON saved_report (organisation_id) WHERE ended_at IS NULL",
                """
                CREATE TABLE report_mailing (
                    id TEXT PRIMARY KEY, report_id TEXT NOT NULL REFERENCES saved_report (id), organisation_id TEXT NOT NULL,
                    person_id TEXT NOT NULL, rhythm TEXT NOT NULL, minute BIGINT NOT NULL, from_at BIGINT NOT NULL,
                    until_at BIGINT, sent_at BIGINT)
                """,
                "CREATE UNIQUE INDEX report_mailing_now ON report_mailing (report_id, person_id) WHERE until_at IS NULL",
            ]),
    ]
}
