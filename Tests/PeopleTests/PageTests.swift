import Foundation
import HTTPTypes
import Kernel
import Storage
import Testing

@testable import People

@Suite struct Pages {
    @Test(arguments: ["ru", "en"])
    func everyPageRendersInBothLanguages(language: String) async throws {
        try await Bureau.with(.sqlite) { bureau in
            let chief = try await bureau.signIn("maria@north.example")
            try await bureau.accounts.prefer(
                theme: "dark", language: Language(rawValue: language),
                by: try #require(try await bureau.recognise(chief)))
            let pages = [
                "/people", "/people?q=бел", "/people?unit=\(bureau.branch)&deep=yes", "/people?unit=\(bureau.branch)",
                "/people?unit=none", "/people?unit=left", "/people?unit=archived",
                "/people?role=admin&state=active&sort=-seen",
                "/people/new", "/people/\(bureau.anna)", "/people/\(bureau.boris)", "/people/\(bureau.anna)/edit",
                "/units/new",
                "/units/\(bureau.branch)", "/organisation", "/profile", "/profile/keys",
                "/people/suggestions?q=бел",
            ]
            for page in pages {
                let answer = try await bureau.ask(
                    .get, page.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed)!, token: chief)
                #expect(answer.status == 200, "\(page)")
                #expect(!answer.text.contains("[people.") && !answer.text.contains("[account."), "\(page)")
            }
            for page in ["/sign-in", "/sign-in?next=/profile", "/forgotten", "/invitations/nothing"] {
                let answer = try await bureau.ask(.get, page, language: language)
                #expect(answer.status == (page.hasPrefix("/inv") ? 404 : 200), "\(page)")
                #expect(!answer.text.contains("[account."), "\(page)")
            }
        }
    }

    @Test func theDirectoryIsClosedToClientsAndReadOnlyToStaff() async throws {
        try await Bureau.with(.sqlite) { bureau in
            try await bureau.people.giveRole(.manager, to: bureau.boris, by: bureau.chief)
            let anna = try await bureau.signIn("anna@north.example"), boris = try await bureau.signIn("gromov")
            for page in [
                "/people", "/people/\(bureau.boris)", "/people/suggestions?q=a", "/people/new",
                "/units/\(bureau.branch)", "/organisation",
            ] {
                #expect(try await bureau.ask(.get, page, token: anna).status == 404, "\(page)")
            }
            let list = try await bureau.ask(.get, "/people", token: boris)
            #expect(
                list.status == 200 && list.text.contains("Белова\u{A0}А.\u{A0}И.") && !list.text.contains("Белова Анна")
            )
            #expect(!list.text.contains("id=\"mass\"") && !list.text.contains("data-editable"))
            #expect(try await bureau.ask(.get, "/people/\(bureau.anna)", token: boris).status == 200)
            for page in ["/people/new", "/people/\(bureau.anna)/edit", "/units/new", "/organisation"] {
                #expect(try await bureau.ask(.get, page, token: boris).status == 403, "\(page)")
            }
            #expect(try await bureau.ask(.post, "/people/\(bureau.anna)/block", token: boris).status == 403)
            #expect(try await bureau.ask(.get, "/people").status == 303)
        }
    }

    @Test func idsOfAnotherOrganisationAreUnknown() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let chief = try await bureau.signIn("maria@north.example")
            let (person, unit) = (bureau.foreignPerson, bureau.foreignUnit), nobody = PersonID.new()
            let routes: [(HTTPRequest.Method, String, [(String, String)])] = [
                (.get, "/people/ID", []), (.get, "/people/ID/edit", []),
                (.put, "/people/ID", [("family", "А"), ("given", "Б"), ("login", "ab")]),
                (.put, "/people/ID/unit", [("unit", bureau.branch.text)]),
                (.post, "/people/ID/roles", [("role", "specialist")]),
                (.delete, "/people/ID/roles/\(nobody)", []), (.post, "/people/ID/invitation", []),
                (.delete, "/people/ID/invitation", []), (.delete, "/people/ID/sessions", []),
                (.post, "/people/ID/block", []),
                (.delete, "/people/ID/block", []), (.post, "/people/ID/leave", []), (.delete, "/people/ID/leave", []),
                (.get, "/units/ID", []), (.put, "/units/ID", [("name", "А")]), (.delete, "/units/ID", []),
                (.put, "/units/ID/parent", [("parent", "")]), (.get, "/people?unit=ID", []),
                (.put, "/people/\(bureau.anna)/unit", [("unit", "ID")]),
                (.post, "/units", [("name", "А"), ("parent", "ID")]),
                (.delete, "/profile/sessions/ID", []),
            ]
            for (method, path, fields) in routes {
                func answer(_ id: String) async throws -> Int {
                    try await bureau.ask(
                        method, path.replacingOccurrences(of: "ID", with: id),
                        fields.map { ($0, $1.replacingOccurrences(of: "ID", with: id)) }, token: chief
                    ).status
                }
                let isUnit = path.hasPrefix("/units") || path.contains("unit")
                let known = try await answer(isUnit && !path.hasSuffix("ID/unit") ? unit.text : person.text)
                #expect(known == 404, "\(method) \(path)")
                #expect(try await answer(nobody.text) == known, "\(method) \(path)")
                let malformed = fields.contains { $0.1 == "ID" } ? 422 : 404
                #expect(try await answer("not-an-id") == malformed, "\(method) \(path)")
            }
            let foreign = try await bureau.read { tx in
                try Person.known(person, in: bureau.foreigner.organisation, tx).name.family
            }
            #expect(foreign == "Чужой")
        }
    }

    @Test func signingInByTheFormAndOutAgain() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let wrong = try await bureau.ask(.post, "/sign-in", [("login", "gromov"), ("password", "нет")])
            #expect(
                wrong.status == 422 && wrong.text.contains("не подходят") && wrong.text.contains("value=\"gromov\""))
            let fields = [("login", "gromov"), ("password", Bureau.password)]
            let right = try await bureau.ask(.post, "/sign-in", fields + [("next", "/requests/7")])
            #expect(right.status == 303 && right.location == "/requests/7")
            let cookie = try #require(right.cookies.first)
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"))
            #expect(try await bureau.ask(.post, "/sign-in", fields + [("next", "//evil.example")]).location == "/")
            let cross = try await bureau.ask(.post, "/sign-in", fields, headers: [("Origin", "https://evil.example")])
            #expect(cross.status == 403)
            let token = try #require(right.session)
            #expect(try await bureau.ask(.delete, "/session", token: token, csrf: false).status == 403)
            let out = try await bureau.ask(.post, "/session", [("_method", "DELETE")], token: token)
            #expect(out.status == 303 && out.session == "")
            #expect(try await bureau.ask(.get, "/profile", token: token).location.hasPrefix("/sign-in?next="))
        }
    }

    @Test func anInvitationByItsPage() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let chief = try await bureau.signIn("maria@north.example")
            let page = try await bureau.ask(.post, "/people/\(bureau.vera)/invitation", token: chief)
            let link = try #require(page.text.firstMatch(of: /\/invitations\/[0-9a-f]{64}/)).output
            let open = try await bureau.ask(.get, String(link))
            #expect(open.status == 200 && open.text.contains("Вера") && open.text.contains("vera@north.example"))
            let own = [("family", "Дёмина"), ("given", "Вера"), ("phone", "<script>")]
            let wrong = try await bureau.ask(.post, String(link), own + [("password", "четыре разных слова")])
            #expect(
                wrong.status == 422 && wrong.text.contains("Не похоже на номер")
                    && wrong.text.contains("&lt;script&gt;"))
            let short = try await bureau.ask(
                .post, String(link), [("family", "Дёмина"), ("given", "Вера"), ("password", "мало")])
            #expect(short.status == 422 && short.text.contains("10 знаков"))
            let done = try await bureau.ask(
                .post, String(link), [("family", "Дёмина"), ("given", "Вера"), ("password", "четыре разных слова")])
            #expect(done.status == 303 && done.location == "/")
            #expect(try await bureau.recognise(try #require(done.session))?.person == bureau.vera)
            #expect(try await bureau.ask(.get, String(link)).text.contains("больше не действует"))
        }
    }

    @Test func aPersonIsAddedCorrectedAndMovedByForms() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let chief = try await bureau.signIn("maria@north.example")
            let fields = [
                ("family", "Рочева <b>"), ("given", "Анна"), ("email", "rocheva@north.example"),
                ("unit", bureau.department.text),
                ("role", "specialist"), ("role", "manager"), ("invite", "yes"),
            ]
            let added = try await bureau.ask(.post, "/people", fields, token: chief)
            #expect(
                added.status == 200 && added.text.contains("/invitations/") && added.text.contains("Рочева &lt;b&gt;"))
            let again = try await bureau.ask(.post, "/people", fields, token: chief)
            #expect(again.status == 422 && again.text.contains("уже у другого"))
            let without = try await bureau.ask(.post, "/people", [("family", "А"), ("given", "Б")], token: chief)
            #expect(without.status == 422 && without.text.contains("Нужна почта или логин"))
            let id: PersonID = try #require(
                try await bureau.read { tx in
                    try tx.value("SELECT person_id FROM sign_in_name WHERE name = 'rocheva@north.example'")
                })
            let edit = try await bureau.ask(.get, "/people/\(id)/edit", token: chief)
            let version = try #require(edit.text.firstMatch(of: /name="version" value="(\d+)"/)).output.1
            let right = [
                ("family", "Рочева"), ("given", "Анна"), ("email", "rocheva@north.example"),
                ("version", String(version)),
            ]
            #expect(
                try await bureau.ask(.post, "/people/\(id)", right + [("_method", "PUT")], token: chief).status == 303)
            let late = try await bureau.ask(
                .put, "/people/\(id)",
                [
                    ("family", "Другая"), ("given", "Анна"), ("email", "rocheva@north.example"),
                    ("version", String(version)),
                ],
                token: chief)
            #expect(late.status == 409 && late.text.contains("value=\"Другая\"") && late.text.contains("Главная Мария"))
            #expect(
                try await bureau.ask(.put, "/people/\(id)/unit", [("unit", bureau.branch.text)], token: chief).status
                    == 303)
            let page = try await bureau.ask(.get, "/people/\(id)", token: chief)
            #expect(
                page.text.contains("Усинский филиал") && page.text.contains("ОМТС") && page.text.contains("Роль дана"))
            let assignment = try #require(page.text.firstMatch(of: /\/roles\/([0-9a-f-]{36})/)).output.1
            #expect(try await bureau.ask(.delete, "/people/\(id)/roles/\(assignment)", token: chief).status == 303)
        }
    }

    @Test func aMassChangeIsShownBeforeItHappens() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let chief = try await bureau.signIn("maria@north.example")
            let fields = [
                ("whole", "unit=\(bureau.branch)&deep=yes"), ("change", "unit"), ("unit", bureau.department.text),
                ("back", "unit=\(bureau.branch)&deep=yes"),
            ]
            let preview = try await bureau.ask(.post, "/people/changes/preview", fields, token: chief)
            #expect(
                preview.status == 200 && preview.text.contains("Громов")
                    && preview.text.contains("уже в этом подразделении"))
            #expect(try await bureau.read { tx in try Units.of(bureau.boris, tx) } == bureau.branch)
            let applied = try await bureau.ask(.post, "/people/changes", fields, token: chief)
            #expect(applied.status == 303 && applied.location == "/people?unit=\(bureau.branch)&deep=yes")
            #expect(try await bureau.read { tx in try Units.of(bureau.boris, tx) } == bureau.department)
            let nobody = try await bureau.ask(
                .post, "/people/changes/preview", [("change", "give"), ("role", "manager")], token: chief)
            #expect(nobody.status == 422 && nobody.text.contains("Никто не выбран"))
        }
    }

    @Test(arguments: Backend.available)
    func theOrganisationWithLogoAndAccent(on backend: Backend) async throws {
        try await Bureau.with(backend) { bureau in
            let chief = try await bureau.signIn("maria@north.example"),
                anna = try await bureau.signIn("anna@north.example")
            let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 13, 10, 45, 45]
            let fields = [
                ("_method", "PUT"), ("name", "ООО «Север»"), ("short_name", "Север"), ("inn", "7707083893"),
                ("zone", "Europe/Moscow"),
                ("language", "ru"), ("names", "full"), ("accent", "#1B7443"),
            ]
            let saved = try await bureau.ask(.post, "/organisation", fields, token: chief, multipart: true, file: png)
            #expect(saved.status == 303)
            let style = try await bureau.ask(.get, "/organisation/accent.css", token: anna)
            #expect(style.text.contains("--accent: light-dark(#1b7443") && style.type.hasPrefix("text/css"))
            #expect(try await bureau.ask(.get, "/organisation/logo", token: anna).type == "image/png")
            #expect(try await bureau.ask(.get, "/organisation/accent.css").status == 303)
            for (name, value, words) in [
                ("inn", "7707083894", "Контрольная цифра ИНН"), ("inn", "770", "10 или 12"),
                ("ogrn", "1027700132196", "ОГРН"),
                ("accent", "#ff0000", "просрочено"), ("accent", "#ffcc00", "контраст 1,"),
                ("accent", "red", "так: #1a5fb4"),
            ] {
                let wrong = try await bureau.ask(
                    .put, "/organisation", fields.filter { $0.0 != name && $0.0 != "_method" } + [(name, value)],
                    token: chief)
                #expect(wrong.status == 422 && wrong.text.contains(words), "\(name) \(value)")
            }
            let svg = try await bureau.ask(
                .post, "/organisation", fields, token: chief, multipart: true, file: Array("<svg onload=alert(1)>".utf8)
            )
            #expect(svg.status == 422 && svg.text.contains("не картинка"))
        }
    }

    @Test func theTreeIsEditedInPlace() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let chief = try await bureau.signIn("maria@north.example"), script = [("HX-Request", "true")]
            let added = try await bureau.ask(
                .post, "/units", [("_method", "POST"), ("name", "Склад"), ("parent", bureau.branch.text)], token: chief,
                headers: script)
            #expect(added.status == 204)
            let renamed = try await bureau.ask(
                .post, "/units/\(bureau.branch)", [("_method", "PUT"), ("name", "Усинск")], token: chief,
                headers: script)
            #expect(renamed.status == 204)
            let inside = try await bureau.ask(
                .post, "/units/\(bureau.branch)/parent", [("_method", "PUT"), ("parent", bureau.department.text)],
                token: chief,
                headers: script)
            #expect(inside.status == 409 && inside.text.contains("внутрь самого себя"))
            let archived = try await bureau.ask(
                .post, "/units/\(bureau.department)", [("_method", "DELETE")], token: chief, headers: script)
            #expect(archived.status == 204)
            let tree = try await bureau.ask(.get, "/people", token: chief)
            #expect(
                tree.text.contains("Усинск") && tree.text.contains("Склад") && tree.text.contains("Архив подразделений")
            )
            let restored = try await bureau.ask(
                .post, "/units/\(bureau.department)", [("_method", "PUT"), ("archived", "no")], token: chief)
            #expect(restored.status == 303)
        }
    }

    @Test func theProfileAndItsPassword() async throws {
        try await Bureau.with(.sqlite) { bureau in
            let anna = try await bureau.signIn("anna@north.example"),
                other = try await bureau.signIn("anna@north.example")
            let fields = [
                ("family", "Белова"), ("given", "Анна"), ("phone", "22-15"), ("room", "7"), ("language", "en"),
                ("zone", "Asia/Omsk"),
                ("theme", "dark"),
            ]
            #expect(try await bureau.ask(.put, "/profile", fields, token: anna).status == 303)
            let viewer = try #require(try await bureau.recognise(anna))
            #expect(viewer.language == .english && viewer.zone.name == "Asia/Omsk")
            let wrong = try await bureau.ask(
                .post, "/profile/password", [("current", "x"), ("password", "новый длинный пароль")], token: anna)
            #expect(wrong.status == 422)
            let changed = try await bureau.ask(
                .post, "/profile/password",
                [("current", Bureau.password), ("password", "новый длинный пароль"), ("end_others", "yes")],
                token: anna)
            #expect(changed.status == 303)
            #expect(try await bureau.recognise(other) == nil)
            let lang = try await bureau.ask(
                .post, "/profile/preferences", [("lang", "ru")], token: anna,
                headers: [("Referer", "http://localhost/requests/7")])
            #expect(lang.status == 303 && lang.location == "/requests/7")
        }
    }
}
