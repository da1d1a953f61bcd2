import Kernel

/// The requests that are held open now, by what they watch: a hint reaches its watchers and walks past nobody. A value, under the lock
/// of the hub.
struct HeldPolls {
    private struct Place {
        var polls: [ObjectIdentifier: HeldPoll] = [:]
        var watching: [String: [ObjectIdentifier: HeldPoll]] = [:]
        /// The newest event that was heard of while anybody was here.
        var newest: Int64 = 0
    }

    private var places: [OrganisationID: Place] = [:]
    private var ofPerson: [PersonID: Int] = [:]

    func count(of person: PersonID) -> Int { ofPerson[person] ?? 0 }

    mutating func add(_ poll: HeldPoll) {
        let key = ObjectIdentifier(poll), organisation = poll.viewer.organisation
        places[organisation, default: Place()].polls[key] = poll
        for topic in poll.topics { places[organisation]?.watching[topic, default: [:]][key] = poll }
        ofPerson[poll.viewer.person, default: 0] += 1
    }

    /// - Returns: the number of the newest event; everything up to it that the poll watches, it has taken.
    mutating func remove(_ poll: HeldPoll) -> Int64 {
        let key = ObjectIdentifier(poll), organisation = poll.viewer.organisation, person = poll.viewer.person
        guard places[organisation]?.polls.removeValue(forKey: key) != nil else { return 0 }
        for topic in poll.topics {
            places[organisation]?.watching[topic]?[key] = nil
            if places[organisation]?.watching[topic]?.isEmpty == true { places[organisation]?.watching[topic] = nil }
        }
        let left = count(of: person) - 1
        ofPerson[person] = left > 0 ? left : nil
        defer { if places[organisation]?.polls.isEmpty == true { places[organisation] = nil } }
        return places[organisation]?.newest ?? 0
    }

    /// Whom a signal concerns, or may concern when it is one of the few that name people.
    /// A hint counts as heard of from here on, so whoever is named takes it before the lock is given back.
    mutating func concerned(by signal: LiveSignal) -> [HeldPoll] {
        switch signal {
        case .hint(let hint):
            guard let index = places.index(forKey: hint.organisation) else { return [] }
            places.values[index].newest = max(places.values[index].newest, hint.seq)
            let watching = places.values[index].watching
            return hint.topics.flatMap { topic in watching[topic].map { Array($0.values) } ?? [] }
        case .reload(let organisation): return places[organisation].map { Array($0.polls.values) } ?? []
        case .ended, .reconnect: return all
        case .typing: return []
        }
    }

    var all: [HeldPoll] { places.values.flatMap(\.polls.values) }
}
