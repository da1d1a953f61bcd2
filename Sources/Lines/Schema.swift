package import Storage

/// Tables of the room. Numbers 20–29 of the one list.
package enum LinesSchema {
    package static let migrations = [
        Migration(
            20, "lines: names, audience, weekly hours",
            [
                """
                CREATE TABLE line (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    client_name TEXT NOT NULL, staff_name TEXT NOT NULL, description TEXT NOT NULL, icon TEXT NOT NULL,
                    zone TEXT NOT NULL, audience TEXT NOT NULL CHECK (audience IN ('all', 'chosen')), ways TEXT NOT NULL,
                    planned_minutes BIGINT NOT NULL CHECK (planned_minutes > 0), sort BIGINT NOT NULL,
                    archived_at BIGINT, made_at BIGINT NOT NULL)
                """,
                "CREATE INDEX line_of_organisation ON line (organisation_id, sort)",
                """
                CREATE TABLE line_audience (
                    line_id TEXT NOT NULL REFERENCES line (id), organisation_id TEXT NOT NULL,
                    unit_id TEXT REFERENCES unit (id), person_id TEXT REFERENCES person (id),
                    CHECK ((unit_id IS NULL) <> (person_id IS NULL)))
                """,
                "CREATE INDEX line_audience_of_line ON line_audience (line_id)",
                """
                CREATE TABLE line_hours (
                    line_id TEXT NOT NULL REFERENCES line (id), organisation_id TEXT NOT NULL,
                    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 1 AND 7),
                    from_minute BIGINT NOT NULL CHECK (from_minute >= 0),
                    until_minute BIGINT NOT NULL CHECK (until_minute > from_minute AND until_minute <= 1440),
                    PRIMARY KEY (line_id, weekday, from_minute))
                """,
            ]),
        Migration(
            21, "topics of a line, a tree with planned time and priority",
            [
                """
                CREATE TABLE topic (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL REFERENCES line (id),
                    parent_id TEXT REFERENCES topic (id), name TEXT NOT NULL,
                    planned_minutes BIGINT CHECK (planned_minutes > 0),
                    priority TEXT CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
                    sort BIGINT NOT NULL, archived_at BIGINT)
                """,
                "CREATE INDEX topic_of_line ON topic (line_id, sort)",
            ]),
        Migration(
            22, "competences of specialists, dated",
            [
                """
                CREATE TABLE competence (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL REFERENCES line (id),
                    person_id TEXT NOT NULL REFERENCES person (id),
                    level TEXT NOT NULL CHECK (level IN ('main', 'reserve', 'observer')),
                    from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT, CHECK (until_at IS NULL OR until_at >= from_at))
                """,
                "CREATE UNIQUE INDEX competence_now ON competence (line_id, person_id) WHERE until_at IS NULL",
                "CREATE INDEX competence_of_person ON competence (person_id)",
            ]),
        Migration(
            23, "days that are not like others, and norms",
            [
                "ALTER TABLE line ADD COLUMN follows_calendar BIGINT NOT NULL DEFAULT 0",
                // Of the organisation's production calendar when no line is named; hours only of a line's own day.
                """
                CREATE TABLE calendar_day (
                    organisation_id TEXT NOT NULL, line_id TEXT REFERENCES line (id), day TEXT NOT NULL,
                    kind TEXT NOT NULL CHECK (kind IN ('off', 'short', 'working', 'hours')), hours TEXT NOT NULL,
                    title TEXT NOT NULL, is_unsure BIGINT NOT NULL DEFAULT 0)
                """,
                "CREATE UNIQUE INDEX calendar_day_common ON calendar_day (organisation_id, day) WHERE line_id IS NULL",
                "CREATE UNIQUE INDEX calendar_day_of_line ON calendar_day (line_id, day)",
                // Dated, so that what held at a time stays known. Minutes of working time.
                """
                CREATE TABLE norm (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL REFERENCES line (id),
                    topic_id TEXT REFERENCES topic (id), priority TEXT, unit_id TEXT REFERENCES unit (id),
                    answer_minutes BIGINT, solve_minutes BIGINT, from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT NOT NULL)
                """,
                "CREATE INDEX norm_of_line ON norm (line_id, from_at)",
            ]),
        Migration(
            24, "conditions of a line, its own fields and states",
            [
                """
                CREATE TABLE line_condition (
                    line_id TEXT PRIMARY KEY REFERENCES line (id), organisation_id TEXT NOT NULL, greeting TEXT NOT NULL,
                    closed_text TEXT NOT NULL, may_choose BIGINT NOT NULL, needs_rating BIGINT NOT NULL, closers TEXT NOT NULL,
                    close_after BIGINT, largest_file BIGINT, most_files BIGINT)
                """,
                // A way that is not open to everybody: to nobody, or to these units with those below.
                """
                CREATE TABLE line_way (
                    line_id TEXT NOT NULL REFERENCES line (id), organisation_id TEXT NOT NULL,
                    way TEXT NOT NULL CHECK (way IN ('write', 'call', 'screen', 'control')), unit_id TEXT REFERENCES unit (id))
                """,
                "CREATE INDEX line_way_of ON line_way (line_id, way)",
                """
                CREATE TABLE own_field (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL REFERENCES line (id),
                    topic_id TEXT REFERENCES topic (id), name TEXT NOT NULL,
                    kind TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'choice')), choices TEXT NOT NULL,
                    is_required BIGINT NOT NULL, asks_client BIGINT NOT NULL, sort BIGINT NOT NULL, archived_at BIGINT)
                """,
                "CREATE INDEX own_field_of_line ON own_field (line_id, sort)",
                """
                CREATE TABLE own_state (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, line_id TEXT NOT NULL REFERENCES line (id),
                    topic_id TEXT REFERENCES topic (id), state TEXT NOT NULL, name TEXT NOT NULL, sort BIGINT NOT NULL,
                    archived_at BIGINT)
                """,
                "CREATE INDEX own_state_of ON own_state (organisation_id, line_id)",
            ]),
    ]
}
