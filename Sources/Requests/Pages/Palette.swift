import Foundation
import Kernel
import Lines
import People
import Storage
import Web

/// What Ctrl+K finds beside the acts of the page itself: requests, people, lines, pages. Each group has few entries.
struct Palette {
    let model: Model

    init(_ text: String, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer, text = Text.line(text)
        let folded = Text.folded(text)
        func matches(_ label: String) -> Bool {
            folded.isEmpty || Text.folded(label).split(separator: " ").contains { $0.hasPrefix(folded) }
                || Text.folded(label).contains(folded)
        }
        var groups: [Model] = []
        func add(_ key: String, _ rows: [Model]) {
            guard !rows.isEmpty else { return }
            groups.append(["title": words.text("requests.palette.\(key)"), "id": "palette-\(key)", "rows": rows])
        }
        if !text.isEmpty {
            let found = try Searching.find(text, for: viewer, before: nil, tx).requests.prefix(6)
            add(
                "requests",
                found.map { listed in
                    [
                        "href": "/requests/\(listed.number)\(listed.isStaff ? "?view=mine" : "")", "icon": "inbox",
                        "label": listed.request.subject, "under": words.number(listed.number),
                    ]
                })
        }
        if viewer.isStaff, !text.isEmpty {
            add(
                "people",
                try Directory.find(text, for: viewer, atMost: 5, words.text, tx).map { person in
                    let search = person.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    return [
                        "href": viewer.isAdministrator ? "/people/\(person.id)" : "/search?text=\(search)",
                        "icon": "user",
                        "label": person.name, "under": person.unitName,
                    ]
                })
        }
        if viewer.isStaff {
            let every = viewer.isAdministrator || viewer.manages.everything
            let lines = try Lines.all(in: viewer.organisation, tx).filter { line in
                !line.isArchived && matches(line.staffName)
                    && (every || viewer.lines[line.id] != nil || viewer.manages.lines.contains(line.id))
            }
            add(
                "lines",
                lines.prefix(6).map {
                    [
                        "href": "/requests?view=all&line=\($0.id)", "icon": "headphones", "label": $0.staffName,
                        "under": "",
                    ]
                })
        }
        add("pages", Self.pages(viewer, words).filter { matches($0["label"] as? String ?? "") })
        model = ["groups": groups, "any": !groups.isEmpty, "text": text]
    }

    private static func pages(_ viewer: Viewer, _ words: RequestWords) -> [Model] {
        func page(_ href: String, _ icon: String, _ key: String) -> Model {
            ["href": href, "icon": icon, "label": words.text(key), "under": ""]
        }
        var pages = [page("/", "house", "web.nav.home"), page("/profile", "user", "web.nav.profile")]
        guard viewer.isStaff else { return pages }
        pages =
            [
                page("/requests", "inbox", "web.nav.queue"), page("/requests/new", "plus", "web.nav.register"),
                page("/talks", "messages-square", "web.nav.talks"),
                page("/quick-replies", "zap", "requests.quick.title"),
            ] + pages
        if viewer.isAdministrator {
            pages += [
                page("/people", "users", "web.nav.people"), page("/lines", "headphones", "web.nav.lines"),
                page("/organisation", "settings", "web.nav.organisation"),
            ]
        }
        return pages
    }
}
