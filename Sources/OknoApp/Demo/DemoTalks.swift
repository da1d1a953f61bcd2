import Foundation
import Kernel
import Requests
import Talks

/// What the specialists of the demo say to each other: one talk of two, one of a department, one about a request.
struct DemoTalks: Sendable {
    /// One line of a talk: whose it is and how many minutes before the end.
    private struct Said { let by: String, ago: Int, text: String }

    let talks: Talks
    let office: DemoOffice
    let end: Instant

    func play(about request: Int64?) async throws {
        try await talk(
            with: ["smirnova", "gusev"],
            [
                .init(
                    by: "gusev", ago: 190,
                    text: "Татьяна, после обеда я в ЦДНГ № 3: меняю коммутатор. Возьмёте мои срочные?"),
                .init(by: "smirnova", ago: 184, text: "Возьму. Ключ от серверной на посту охраны, предупредила."),
                .init(by: "gusev", ago: 12, text: "Спасибо! Вернулся, коммутатор работает."),
            ])
        try await talk(
            with: ["smirnova", "gusev", "kanev", "malygin"], title: "Дежурные по сети",
            [
                .init(
                    by: "kanev", ago: 1500,
                    text: "В субботу с **22:00 до 23:30** обновляем контроллер домена в Ухте. Вход может тормозить."),
                .init(
                    by: "malygin", ago: 1440, text: "Для диспетчеров это критично. Начните с резервного, пожалуйста."),
                .init(by: "kanev", ago: 1432, text: "Так и сделаем: сначала резервный, основной после 23:00."),
                .init(by: "smirnova", ago: 35, text: "Объявление клиентам готово, повешу на линию в пятницу."),
            ])
        if let request {
            try await talk(
                with: ["smirnova", "lebedev"], about: request,
                [
                    .init(
                        by: "smirnova", ago: 70,
                        text: "Андрей Константинович, это похоже на закрытие месяца или всё-таки права?"),
                    .init(
                        by: "lebedev", ago: 58,
                        text: "Права: роль «Кладовщик» без проведения. Проверю и напишу в заявке."),
                ])
        }
    }

    private func talk(with logins: [String], title: String = "", about request: Int64? = nil, _ said: [Said])
        async throws
    {
        let people = logins.compactMap { office.byLogin[$0] }
        guard people.count == logins.count, let first = said.first, let host = office.byLogin[first.by] else { return }
        let begun = end - Minutes(first.ago + 1)
        // Whoever sees the request begins the talk about it.
        let starter = request == nil ? office.viewer(host) : office.administrator
        let id = try await DemoClock.$moment.withValue(begun) {
            try await talks.begin(
                TalkID.new(at: begun), with: people.map(\.id), title: title, about: request, by: starter)
        }
        for line in said {
            guard let person = office.byLogin[line.by] else { continue }
            let at = end - Minutes(line.ago)
            try await DemoClock.$moment.withValue(at) {
                try await talks.say(
                    Draft(id: MessageID.new(at: at), text: line.text), in: id, by: office.viewer(person))
            }
        }
    }
}
