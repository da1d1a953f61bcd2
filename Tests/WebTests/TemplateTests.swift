import Testing

@testable import Web

@Suite struct TemplateTests {
    static let model: Model = [
        "name": "Анна", "script": "<a href=\"x\">'&'</a>", "empty": "", "yes": true, "no": false, "zero": 0,
        "count": 1_200,
        "person": ["name": "Борис", "unit": ["name": "Усинск", "unit": false] as Model] as Model,
        "rows": [["n": 1, "own": "x"], ["n": 2]] as [Model], "none": [] as [Model], "words": ["раз", "<два>"],
    ]

    @Test(arguments: [
        ("{{name}}, {{ name }}!", "Анна, Анна!"),
        ("{{script}}", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"),
        ("{{{script}}}{{& script}}", "<a href=\"x\">'&'</a><a href=\"x\">'&'</a>"),
        ("[{{absent}}{{{absent}}}{{person.absent}}{{name.absent}}]", "[]"),
        ("{{zero}} {{count}} {{yes}}", "0 1200 true"),
        ("{{person.name}} {{person.unit.name}}", "Борис Усинск"),
        ("{{#person}}{{name}} {{#unit}}{{name}}{{/unit}} {{count}}{{/person}}", "Борис Усинск 1200"),
        ("{{#yes}}да{{/yes}}{{#no}}нет{{/no}}{{^no}}не нет{{/no}}{{^yes}}не да{{/yes}}", "дане нет"),
        ("{{#empty}}есть{{/empty}}{{^empty}}пусто{{/empty}}{{#zero}}ноль{{/zero}}", "пустоноль"),
        ("{{#name}}<b>{{.}}</b>{{/name}}", "<b>Анна</b>"),
        ("{{#rows}}{{n}}{{own}}{{^own}}-{{/own}} {{/rows}}{{#none}}a{{/none}}{{^none}}b{{/none}}", "1x 2- b"),
        ("{{#words}}{{.}};{{/words}}", "раз;&lt;два&gt;;"),
        ("{{#absent}}a{{/absent}}{{^absent}}b{{/absent}}", "b"),
        ("a{{! {не тег} }}b", "ab"),
        ("{{#rows}}\n  <i>{{n}}</i>\n{{/rows}}\nend", "  <i>1</i>\n  <i>2</i>\nend"),
        ("{{! head\n of two lines }}\n<p>\n  {{#yes}}\n  да\n  {{/yes}}\n</p>", "<p>\n  да\n</p>"),
        ("{{#yes}} a {{/yes}}\n", " a \n"),
    ])
    func aTemplateIsFilled(_ text: String, _ page: String) throws {
        #expect(Rendering.render(try Template(text), Self.model, with: [:]) == page)
    }

    @Test func anotherTemplateSeesTheObjectWhereItStands() throws {
        let library = [
            "web/_who": try Template("<b>{{name}}</b>{{#unit}}, {{> web/_who}}{{/unit}}"),
            "page": try Template("{{> web/_who}}: {{#person}}{{> web/_who}}{{/person}}"),
        ]
        let page = Rendering.render(
            library["page"]!, Self.model.merging(["unit": false]) { $1 }, with: library)
        #expect(page == "<b>Анна</b>: <b>Борис</b>, <b>Усинск</b>")
    }

    @Test(arguments: ["{{#a}}x", "{{#a}}x{{/b}}", "x{{/a}}", "{{a", "{{{a}}", "{{#a}}{{#b}}{{/a}}{{/b}}"])
    func aBrokenTemplateIsRefused(_ text: String) {
        #expect(throws: Template.Fault.self) { try Template(text) }
    }
}
