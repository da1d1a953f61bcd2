import EventLog
package import Kernel
package import Storage

/// Who has a page of Okno open now. Each node writes its own rows, when a person's first socket opens and a while after the last
/// one has closed; rows of a dead node count for nothing.
package enum Presence {
    package static func came(_ person: PersonID, to node: String, at now: Instant, in tx: any WriteTransaction) throws {
        try tx.send(
            """
            INSERT INTO presence (person_id, node_id, since_at) VALUES (\(person), \(node), \(now))
            ON CONFLICT (person_id, node_id) DO NOTHING
            """)
    }

    package static func left(_ person: PersonID, _ node: String, in tx: any WriteTransaction) throws {
        try tx.send("DELETE FROM presence WHERE person_id = \(person) AND node_id = \(node)")
    }

    /// At the start of a node: what it wrote before it ended holds no more.
    package static func forget(_ node: String, in tx: any WriteTransaction) throws {
        try tx.send("DELETE FROM presence WHERE node_id = \(node)")
    }

    package static func here(_ people: [PersonID], at now: Instant, _ tx: any ReadTransaction) throws -> Set<PersonID> {
        guard !people.isEmpty else { return [] }
        return Set(
            try tx.all(
                """
                SELECT presence.person_id FROM presence JOIN node ON node.id = presence.node_id
                WHERE presence.person_id IN (\(people)) AND node.seen_at > \(now.milliseconds - Node.deadAfter)
                """
            ) { row in try row[0] as PersonID })
    }
}
