import EventLog
import Kernel
import People
import Storage
import Testing

@testable import Lines

@Suite struct ActTests {
    @Test(arguments: Backend.available)
    func aLineIsMadeChangedAndReadBack(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let details = LineDetails(
                clientName: "1С", staffName: "Учёт", description: "Отчёты", icon: "calculator",
                zone: Zone("Asia/Irkutsk")!, ways: [.chat, .oral], planned: Minutes(90))
            let hours = WorkingHours([1: [.init(540, 780), .init(840, 1080)], 5: [.init(1320, 120)]])
            let id = try await desk.room.createLine(details, hours: hours, by: desk.chief)
            let line = try #require(
                try await desk.database.read { tx in try Lines.find(id, in: desk.chief.organisation, tx) })
            #expect(LineDetails(line) == details)
            #expect(line.hours == hours && line.isForEverybody && !line.isArchived)

            var other = details
            other.planned = .hours(2)
            try await desk.room.changeLine(id, to: other, by: desk.chief)
            try await desk.room.changeLine(id, to: other, by: desk.chief)  // the same again is no change
            try await desk.room.setHours(id, to: .aroundTheClock, by: desk.chief)
            #expect(try await desk.events(about: id) == [.lineMade, .lineChanged, .lineHoursChanged])
        }
    }

    @Test(arguments: Backend.available)
    func twoLinesCannotHaveOneName(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let first = try await desk.room.createLine(LineDetails(clientName: "Пропуска"), by: desk.chief)
            await #expect(throws: LineError.nameTaken) {
                try await desk.room.createLine(LineDetails(clientName: "ПРОПУСКА"), by: desk.chief)
            }
            // The name is free while the first is archived, and then the first cannot come back under it.
            try await desk.room.archive(first, by: desk.chief)
            try await desk.room.createLine(LineDetails(clientName: "пропуска"), by: desk.chief)
            await #expect(throws: LineError.nameTaken) { try await desk.room.restore(first, by: desk.chief) }
            // Another organisation has names of its own.
            try await desk.room.createLine(LineDetails(clientName: "Пропуска"), by: desk.foreigner)
        }
    }

    @Test(arguments: Backend.available)
    func aLineIsOfferedToItsAudience(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let (room, chief) = (desk.room, desk.chief)
            let names = ["Всем", "Филиалу", "Отделу", "Вере"]
            let audiences: [Audience] = [
                .everybody, .chosen(units: [desk.branch], people: []), .chosen(units: [desk.department], people: []),
                .chosen(units: [], people: [desk.vera]),
            ]
            for (name, audience) in zip(names, audiences) {
                try await room.createLine(LineDetails(clientName: name), audience: audience, by: chief)
            }
            #expect(try await desk.offered(to: desk.anna) == ["Всем", "Филиалу", "Отделу"])
            #expect(try await desk.offered(to: desk.boris) == ["Всем"])
            #expect(try await desk.offered(to: desk.vera) == ["Всем", "Вере"])

            // Whoever moves into the branch sees its lines, whoever leaves no longer does.
            try await desk.people.changeUnit(of: desk.boris, to: desk.branch, by: chief)
            try await desk.people.changeUnit(of: desk.anna, to: nil, by: chief)
            #expect(try await desk.offered(to: desk.boris) == ["Всем", "Филиалу"])
            #expect(try await desk.offered(to: desk.anna) == ["Всем"])

            let line = try await desk.database.read { tx in try Lines.all(in: chief.organisation, tx)[0] }
            #expect(try await desk.database.read { tx in try Lines.isOffered(line.id, to: desk.viewer(desk.anna), tx) })
            try await room.setAudience(line.id, to: .chosen(units: [], people: [desk.vera, desk.vera]), by: chief)
            #expect(try await desk.offered(to: desk.anna) == [])
            try await room.archive(line.id, by: chief)
            #expect(try await desk.offered(to: desk.vera) == ["Вере"])
            #expect(try await desk.events(about: line.id) == [.lineMade, .lineAudienceChanged, .lineArchived])
        }
    }

    @Test(arguments: Backend.available)
    func competencesAreDated(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let (room, chief) = (desk.room, desk.chief)
            let line = try await room.createLine(LineDetails(clientName: "1С"), by: chief)
            for level in [CompetenceLevel.reserve, .reserve, .main] {
                try await room.giveCompetence(on: line, to: desk.boris, level, by: chief)
                desk.clock.pass(.days(1))
            }
            try await room.giveCompetence(on: line, to: desk.vera, .observer, by: chief)
            let spans = try await desk.database.read { tx in try Lines.competenceSpans(on: line, tx) }
            let boris = spans.filter { $0.person == desk.boris }.sorted { $0.from < $1.from }
            #expect(boris.map(\.level) == [.reserve, .main])
            #expect(boris[0].until == boris[1].from && boris[1].until == nil)
            #expect(
                try await desk.database.read { tx in try Lines.competences(of: [desk.boris], tx) } == [
                    desk.boris: [line: .main]
                ])
            // An observer is given no requests.
            #expect(try await staff(of: line, desk) == [desk.boris])

            try await room.takeCompetence(on: line, from: desk.boris, by: chief)
            #expect(try await desk.database.read { tx in try Lines.competences(of: [desk.boris], tx) } == [:])
            await #expect(throws: LineError.personUnknown) {
                try await room.takeCompetence(on: line, from: desk.boris, by: chief)
            }
            #expect(
                try await desk.events(about: line)
                    == [.lineMade, .competenceGiven, .competenceGiven, .competenceGiven, .competenceTaken])
        }
    }

    @Test(arguments: Backend.available)
    func onlySpecialistsWhoAreHereCanBeGivenRequests(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let (room, chief) = (desk.room, desk.chief)
            let line = try await room.createLine(LineDetails(clientName: "1С"), by: chief)
            try await room.giveCompetence(on: line, to: desk.vera, .main, by: chief)
            try await room.giveCompetence(on: line, to: desk.anna, .reserve, by: chief)
            try await room.giveCompetence(on: line, to: desk.boris, .main, by: chief)
            #expect(try await staff(of: line, desk) == [desk.boris, desk.vera, desk.anna])  // main first, by name
            try await desk.people.takeRole(.specialist, from: desk.boris, by: chief)
            #expect(try await staff(of: line, desk) == [desk.vera, desk.anna])
            try await desk.people.block(desk.vera, by: chief)
            #expect(try await staff(of: line, desk) == [desk.anna])
            try await desk.people.leave(desk.anna, by: chief)
            #expect(try await staff(of: line, desk) == [])
            // The role comes back with the role, not with a new competence: nothing was lost meanwhile.
            try await desk.people.giveRole(.specialist, to: desk.boris, by: chief)
            #expect(try await staff(of: line, desk) == [desk.boris])
        }
    }

    @Test(arguments: Backend.available)
    func topicsFormATree(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let (room, chief) = (desk.room, desk.chief)
            let line = try await room.createLine(
                LineDetails(clientName: "Рабочее место", planned: .hours(8)), by: chief)
            let mail = try await room.addTopic(
                TopicDetails(name: "Почта", planned: .hours(1), priority: .high), on: line, by: chief)
            let print = try await room.addTopic(TopicDetails(name: "Печать"), on: line, by: chief)
            let lost = try await room.addTopic(TopicDetails(name: "Не приходит"), under: mail, on: line, by: chief)
            #expect(try await names(of: line, desk) == ["Почта", "Не приходит", "Печать"])

            // What a topic does not say itself holds from above.
            let inherited = try #require(try await desk.database.read { tx in try Lines.topic(lost, on: line, tx) })
            #expect(inherited.planned == .hours(1) && inherited.priority == .high && inherited.ownPlanned == nil)

            try await room.moveTopic(print, under: nil, before: mail, on: line, by: chief)
            #expect(try await names(of: line, desk) == ["Печать", "Почта", "Не приходит"])
            try await room.moveTopic(mail, under: print, on: line, by: chief)
            await #expect(throws: LineError.topicInItself) {
                try await room.moveTopic(print, under: lost, on: line, by: chief)
            }
            try await room.archiveTopic(print, on: line, by: chief)
            #expect(try await names(of: line, desk) == [])
            #expect(try await desk.database.read { tx in try Lines.topic(lost, on: line, tx)?.isArchived } == true)
            try await room.restoreTopic(lost, on: line, by: chief)
            #expect(try await names(of: line, desk) == ["Печать", "Почта", "Не приходит"])
            try await room.changeTopic(lost, to: TopicDetails(name: "Пропала"), on: line, by: chief)
            #expect(
                try await desk.events(about: line).dropFirst() == [
                    .topicAdded, .topicAdded, .topicAdded, .topicMoved, .topicMoved, .topicArchived, .topicRestored,
                    .topicChanged,
                ])
        }
    }

    /// Unknown, of another organisation, and seen by somebody who is not an administrator: one answer.
    @Test(arguments: Backend.available)
    func foreignIdsAreUnknownOnes(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let (room, chief) = (desk.room, desk.chief)
            let own = try await room.createLine(LineDetails(clientName: "1С"), by: chief)
            let tries: [(LineID, Viewer)] = [
                (desk.foreignLine, chief), (LineID.new(), chief), (own, desk.viewer(desk.anna)),
                (own, desk.viewer(desk.boris, [.client, .specialist, .manager])), (own, desk.foreigner),
            ]
            for (line, viewer) in tries {
                let acts: [@Sendable () async throws -> Void] = [
                    { try await room.changeLine(line, to: LineDetails(clientName: "Моя"), by: viewer) },
                    { try await room.setHours(line, to: .aroundTheClock, by: viewer) },
                    { try await room.setAudience(line, to: .chosen(units: [], people: [desk.anna]), by: viewer) },
                    { try await room.archive(line, by: viewer) }, { try await room.restore(line, by: viewer) },
                    { _ = try await room.addTopic(TopicDetails(name: "Тема"), on: line, by: viewer) },
                    { try await room.archiveTopic(desk.foreignTopic, on: line, by: viewer) },
                    { try await room.giveCompetence(on: line, to: desk.boris, .main, by: viewer) },
                    { try await room.takeCompetence(on: line, from: desk.boris, by: viewer) },
                ]
                for act in acts { await #expect(throws: LineError.notFound) { try await act() } }
            }
            await #expect(throws: LineError.notFound) {
                try await room.createLine(LineDetails(clientName: "Ещё"), by: desk.viewer(desk.anna))
            }
            await #expect(throws: LineError.audienceUnknown) {
                try await room.setAudience(own, to: .chosen(units: [desk.foreignUnit], people: []), by: chief)
            }
            await #expect(throws: LineError.audienceUnknown) {
                try await room.setAudience(own, to: .chosen(units: [], people: [desk.foreignPerson]), by: chief)
            }
            await #expect(throws: LineError.personUnknown) {
                try await room.giveCompetence(on: own, to: desk.foreignPerson, .main, by: chief)
            }
            await #expect(throws: LineError.topicNotFound) {
                try await room.archiveTopic(desk.foreignTopic, on: own, by: chief)
            }
            await #expect(throws: LineError.parentUnknown) {
                try await room.addTopic(TopicDetails(name: "Тема"), under: desk.foreignTopic, on: own, by: chief)
            }
            #expect(try await desk.events(about: own) == [.lineMade])
            #expect(try await desk.events(about: desk.foreignLine) == [.lineMade, .topicAdded])
        }
    }

    private func staff(of line: LineID, _ desk: Desk) async throws -> [PersonID] {
        try await desk.database.read { tx in try Lines.staff(of: line, tx).map(\.0) }
    }

    private func names(of line: LineID, _ desk: Desk) async throws -> [String] {
        try await desk.database.read { tx in try Lines.topics(of: line, tx).filter { !$0.isArchived }.map(\.name) }
    }
}
