import CMarkGFM
import Foundation

/// Messages are CommonMark with GitHub's additions; what comes out is HTML without any markup of the writer's own.
package enum SafeText {
    private static let extensions: [String] = {
        cmark_gfm_core_extensions_ensure_registered()
        return ["autolink", "strikethrough", "table", "tagfilter"]
    }()

    /// HTML of a message: raw HTML is dropped, links only to http, https, mailto and tel, pictures become links, a line break
    /// stays a line break.
    package static func html(_ text: String) -> String {
        let options = CMARK_OPT_HARDBREAKS | CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_GITHUB_PRE_LANG
        guard let parser = cmark_parser_new(options) else { return escaped(text) }
        defer { cmark_parser_free(parser) }
        for name in extensions {
            if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
        }
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let document = cmark_parser_finish(parser) else { return escaped(text) }
        defer { cmark_node_free(document) }
        tame(document)
        guard let html = cmark_render_html(document, options, cmark_parser_get_syntax_extensions(parser)) else {
            return escaped(text)
        }
        defer { free(html) }
        return String(cString: html)
            .replacingOccurrences(
                of: "<a href=", with: "<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=")
    }

    /// The same with «@Name» of those who are called in it set off.
    package static func html(_ text: String, calling names: [String]) -> String {
        names.reduce(html(text)) { html, name in
            let called = "@" + escaped(name)
            return html.replacingOccurrences(of: called, with: "<b class=\"mention\">\(called)</b>")
        }
    }

    /// A message in one line without markup, for lists and titles.
    package static func plain(_ text: String, atMost limit: Int) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }

    package static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    /// Pictures from other servers would tell who reads; links may not run anything.
    private static func tame(_ document: OpaquePointer) {
        guard let iterator = cmark_iter_new(document) else { return }
        defer { cmark_iter_free(iterator) }
        var pictures: [OpaquePointer] = []
        while cmark_iter_next(iterator) != CMARK_EVENT_DONE {
            guard let node = cmark_iter_get_node(iterator), cmark_iter_get_event_type(iterator) == CMARK_EVENT_ENTER
            else {
                continue
            }
            let kind = cmark_node_get_type(node)
            if kind == CMARK_NODE_IMAGE { pictures.append(node) }
            if kind == CMARK_NODE_LINK, let url = cmark_node_get_url(node), !isSafe(String(cString: url)) {
                cmark_node_set_url(node, "")
            }
        }
        for picture in pictures {
            guard let link = cmark_node_new(CMARK_NODE_LINK) else { continue }
            let url = cmark_node_get_url(picture).map { String(cString: $0) } ?? ""
            cmark_node_set_url(link, isSafe(url) ? url : "")
            while let child = cmark_node_first_child(picture) { cmark_node_append_child(link, child) }
            if cmark_node_first_child(link) == nil, let words = cmark_node_new(CMARK_NODE_TEXT) {
                cmark_node_set_literal(words, url)
                cmark_node_append_child(link, words)
            }
            cmark_node_replace(picture, link)
            cmark_node_free(picture)
        }
    }

    private static func isSafe(_ url: String) -> Bool {
        let url = url.lowercased()
        return ["http://", "https://", "mailto:", "tel:"].contains { url.hasPrefix($0) }
    }
}
