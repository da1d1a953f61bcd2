import Kernel
import Storage

/// The present of a person as lists filter it. It repeats what the dated rows say and is made from them alone.
extension Hand {
    /// To be called by every step that opens or closes a dated row, an invitation or a password of a person.
    func refresh(_ person: PersonID) throws {
        try tx.run(
            """
            UPDATE person SET
                unit_id = (SELECT unit_id FROM membership WHERE person_id = \(person) AND until_at IS NULL),
                roles = COALESCE((SELECT SUM(DISTINCT CASE role WHEN 'specialist' THEN 1 WHEN 'manager' THEN 2 ELSE 4 END)
                    FROM role_assignment WHERE person_id = \(person) AND until_at IS NULL), 0),
                state = CASE
                    WHEN EXISTS (SELECT 1 FROM absence WHERE person_id = \(person) AND kind = 'left' AND until_at IS NULL) THEN 'left'
                    WHEN EXISTS (SELECT 1 FROM absence WHERE person_id = \(person) AND until_at IS NULL) THEN 'blocked'
                    WHEN password_hash IS NOT NULL THEN 'active'
                    WHEN EXISTS (SELECT 1 FROM invitation WHERE person_id = \(person) AND used_at IS NULL AND ended_at IS NULL)
                        THEN 'invited'
                    ELSE 'never' END
            WHERE id = \(person)
            """)
    }
}

extension Role {
    /// The role's bit in `person.roles`.
    var bit: Int {
        switch self {
        case .client: 0
        case .specialist: 1
        case .manager: 2
        case .administrator: 4
        }
    }

    static func set(bits: Int) -> Set<Role> { Set(allCases.filter { $0.bit & bits != 0 }) }
}
