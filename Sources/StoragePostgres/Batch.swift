import Storage

/// Acts of one lane on their way through one transaction.
struct Batch {
    private let acts: [Act]
    private let transaction: PostgresTransaction

    init(_ acts: [Act], _ transaction: PostgresTransaction) {
        (self.acts, self.transaction) = (acts, transaction)
    }

    /// Runs the acts, commits, and tells every caller what became of it.
    func run(isLost: () -> Bool) {
        do { try transaction.takeLane() } catch {
            transaction.rollback()
            for act in acts { act.fail(error) }
            return
        }
        var kept: [(act: Act, outcome: Act.Outcome)] = []
        for (index, act) in acts.enumerated() {
            // A single act needs no savepoint: its failure undoes the whole transaction.
            transaction.beginAct(savepoint: acts.count > 1)
            let outcome = act.run(in: transaction)
            let isKept = outcome.error == nil && transaction.keepAct()
            if isLost() {
                let error = StorageError.unavailable("the connection to PostgreSQL was lost")
                for entry in kept { entry.act.fail(error) }
                for act in acts[index...] { act.fail(error) }
                return transaction.rollback()
            }
            if isKept {
                kept.append((act, outcome))
            } else {
                refuse(act, outcome)
            }
        }
        commit(kept)
    }

    /// An act that threw, or that went on after a failed statement as if nothing had happened.
    private func refuse(_ act: Act, _ outcome: Act.Outcome) {
        let failure = transaction.failure
        transaction.undoAct()
        if outcome.error == nil, let failure { act.fail(failure) } else { outcome.finish() }
    }

    private func commit(_ kept: [(act: Act, outcome: Act.Outcome)]) {
        guard !kept.isEmpty else { return transaction.rollback() }
        do {
            try transaction.commit()
            for entry in kept { entry.outcome.finish() }
        } catch {
            // When the connection broke here nobody knows; callers send the same id again.
            transaction.rollback()
            for entry in kept { entry.act.fail(error) }
        }
    }
}
