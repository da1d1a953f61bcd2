package import Storage

/// Tables of this room. Numbers 10–19 of the one list.
package enum PeopleSchema {
    package static let migrations = [
        Migration(
            10, "organisations and their logos",
            [
                """
                CREATE TABLE organisation (
                    id TEXT PRIMARY KEY, name TEXT NOT NULL, full_name TEXT NOT NULL DEFAULT '',
                    inn TEXT NOT NULL DEFAULT '', kpp TEXT NOT NULL DEFAULT '', ogrn TEXT NOT NULL DEFAULT '',
                    legal_address TEXT NOT NULL DEFAULT '', postal_address TEXT NOT NULL DEFAULT '',
                    phones TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '', site TEXT NOT NULL DEFAULT '',
                    logo TEXT, accent TEXT, zone TEXT NOT NULL, language TEXT NOT NULL, name_policy TEXT NOT NULL,
                    directory_open BIGINT NOT NULL DEFAULT 0, made_at BIGINT NOT NULL, changed_at BIGINT NOT NULL)
                """
            ],
            // A logo is a few kilobytes: beside its organisation it is backed up and moved with it.
            sqlite: [
                """
                CREATE TABLE organisation_logo (
                    organisation_id TEXT PRIMARY KEY REFERENCES organisation (id), type TEXT NOT NULL, bytes BLOB NOT NULL)
                """
            ],
            postgres: [
                """
                CREATE TABLE organisation_logo (
                    organisation_id TEXT PRIMARY KEY REFERENCES organisation (id), type TEXT NOT NULL, bytes BYTEA NOT NULL)
                """
            ]),
        // path is «/id/id/» down to the unit itself, so that a subtree is one comparison.
        Migration(
            11, "units",
            [
                """
                CREATE TABLE unit (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    parent_id TEXT REFERENCES unit (id), name TEXT NOT NULL, kind TEXT NOT NULL DEFAULT '',
                    path TEXT NOT NULL, sort_key TEXT NOT NULL, name_search TEXT NOT NULL, archived_at BIGINT,
                    made_at BIGINT NOT NULL, changed_at BIGINT NOT NULL)
                """,
                "CREATE INDEX unit_of_organisation ON unit (organisation_id, path)",
                "CREATE INDEX unit_of_parent ON unit (parent_id)",
            ]),
        // seen_at is 0 before the first sign-in, so that both databases sort it the same way. unit_id, roles and state repeat what the
        // dated rows say of the present (Hand.refresh), for lists of tens of thousands.
        Migration(
            12, "people and the names they sign in with",
            [
                """
                CREATE TABLE person (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    family TEXT NOT NULL, given TEXT NOT NULL, patronymic TEXT NOT NULL DEFAULT '',
                    position TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '', room TEXT NOT NULL DEFAULT '',
                    email TEXT NOT NULL DEFAULT '', login TEXT NOT NULL DEFAULT '',
                    language TEXT, zone TEXT, theme TEXT NOT NULL DEFAULT 'auto',
                    name_sort TEXT NOT NULL, name_search TEXT NOT NULL, password_hash TEXT, password_at BIGINT,
                    made_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, seen_at BIGINT NOT NULL DEFAULT 0,
                    unit_id TEXT REFERENCES unit (id), roles BIGINT NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'never')
                """,
                // Lists are read from an index alone: by name with a search by a part of it, by the last visit, by unit.
                "CREATE INDEX person_by_name ON person (organisation_id, name_sort, id, state, roles, unit_id, name_search)",
                "CREATE INDEX person_by_seen ON person (organisation_id, seen_at, id, state, roles, unit_id)",
                "CREATE INDEX person_by_unit ON person (organisation_id, unit_id, state)",
                """
                CREATE TABLE sign_in_name (
                    name TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES person (id),
                    organisation_id TEXT NOT NULL REFERENCES organisation (id))
                """,
                "CREATE INDEX sign_in_name_of_person ON sign_in_name (person_id)",
            ]),
        Migration(
            13, "dated roles, membership of units, absence",
            [
                """
                CREATE TABLE role_assignment (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    person_id TEXT NOT NULL REFERENCES person (id),
                    role TEXT NOT NULL CHECK (role IN ('specialist', 'manager', 'administrator')),
                    line_id TEXT, unit_id TEXT REFERENCES unit (id), from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT,
                    CHECK (until_at IS NULL OR until_at >= from_at))
                """,
                """
                CREATE UNIQUE INDEX role_now ON role_assignment
                    (person_id, role, COALESCE(line_id, ''), COALESCE(unit_id, '')) WHERE until_at IS NULL
                """,
                "CREATE INDEX role_holders ON role_assignment (organisation_id, role, person_id) WHERE until_at IS NULL",
                "CREATE INDEX role_history ON role_assignment (person_id, from_at)",
                """
                CREATE TABLE membership (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    person_id TEXT NOT NULL REFERENCES person (id), unit_id TEXT NOT NULL REFERENCES unit (id),
                    from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT, CHECK (until_at IS NULL OR until_at >= from_at))
                """,
                "CREATE UNIQUE INDEX membership_now ON membership (person_id) WHERE until_at IS NULL",
                "CREATE INDEX membership_of_unit ON membership (organisation_id, unit_id, person_id) WHERE until_at IS NULL",
                "CREATE INDEX membership_history ON membership (person_id, from_at)",
                """
                CREATE TABLE absence (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    person_id TEXT NOT NULL REFERENCES person (id), kind TEXT NOT NULL CHECK (kind IN ('blocked', 'left')),
                    from_at BIGINT NOT NULL, until_at BIGINT, by_id TEXT, CHECK (until_at IS NULL OR until_at >= from_at))
                """,
                "CREATE UNIQUE INDEX absence_now ON absence (person_id, kind) WHERE until_at IS NULL",
                "CREATE INDEX absent ON absence (organisation_id, kind, person_id) WHERE until_at IS NULL",
                "CREATE INDEX absence_history ON absence (person_id, from_at)",
            ]),
        Migration(
            14, "invitations, sessions, limits on guessing",
            [
                """
                CREATE TABLE invitation (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    person_id TEXT NOT NULL REFERENCES person (id), fingerprint TEXT NOT NULL UNIQUE,
                    made_at BIGINT NOT NULL, until_at BIGINT NOT NULL, used_at BIGINT, ended_at BIGINT, by_id TEXT)
                """,
                "CREATE UNIQUE INDEX invitation_open ON invitation (person_id) WHERE used_at IS NULL AND ended_at IS NULL",
                """
                CREATE TABLE session (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisation (id),
                    person_id TEXT NOT NULL REFERENCES person (id), fingerprint TEXT NOT NULL UNIQUE,
                    made_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, ended_at BIGINT,
                    device TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '')
                """,
                "CREATE INDEX session_of_person ON session (person_id, seen_at)",
                """
                CREATE TABLE sign_in_guard (
                    key TEXT PRIMARY KEY, failures BIGINT NOT NULL, since_at BIGINT NOT NULL, until_at BIGINT NOT NULL)
                """,
                "CREATE INDEX sign_in_guard_since ON sign_in_guard (since_at)",
            ]),
        Migration(
            16, "keys by which programs act for a person",
            [
                """
                CREATE TABLE access_key (
                    id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, person_id TEXT NOT NULL REFERENCES person (id),
                    name TEXT NOT NULL, scopes TEXT NOT NULL, fingerprint TEXT NOT NULL UNIQUE, made_at BIGINT NOT NULL,
                    until_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, ended_at BIGINT)
                """,
                "CREATE INDEX access_key_of_person ON access_key (person_id, made_at)",
            ]),
        Migration(
            15, "who has a page open, by node",
            [
                """
                CREATE TABLE presence (
                    person_id TEXT NOT NULL, node_id TEXT NOT NULL, since_at BIGINT NOT NULL,
                    PRIMARY KEY (person_id, node_id))
                """
            ]),
    ]
}
