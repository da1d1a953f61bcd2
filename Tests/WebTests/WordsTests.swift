import Kernel
import Testing
import TextSearch

@Suite struct WordsTests {
    static let ivan = PersonName(family: "Иванов", given: "Иван", patronymic: "Петрович")

    @Test(arguments: [
        (ivan, "Иванов Иван Петрович", "Иванов\u{A0}И.\u{A0}П.", "ИИ"),
        (PersonName(family: "Smith", given: "John"), "Smith John", "Smith\u{A0}J.", "SJ"),
        (PersonName(family: "Ли", given: ""), "Ли", "Ли", "Л"),
        (PersonName(family: "", given: "ольга"), "ольга", "о.", "О"),
    ])
    func namesFollowThePolicy(_ name: PersonName, _ full: String, _ initials: String, _ monogram: String) {
        #expect(name.shown(.full, role: "Сотрудник") == full)
        #expect(name.shown(.initials, role: "Сотрудник") == initials)
        #expect(name.shown(.role, role: "Сотрудник") == "Сотрудник")
        #expect(name.monogram == monogram)
    }

    @Test(arguments: [
        ("  a  b  ", "a b"), ("a\nb\tc\r\nd", "a b c d"), ("a\u{0}b\u{7}c", "a b c"),
        ("\u{202E}txt.exe\u{202C}", "txt.exe"),
        ("\u{2066}a\u{2069}", "a"), ("\u{A0}a\u{A0}", "a"), ("", ""), ("\u{1B}[31mкрасный", "[31mкрасный"),
        ("👩‍👩‍👧 семья", "👩‍👩‍👧 семья"),
    ])
    func aLineHasNoControlCharacters(_ text: String, _ line: String) { #expect(Text.line(text) == line) }

    @Test(arguments: [
        ("a\r\nb", "a\nb"), ("\n\na\n\nb\n", "a\n\nb"), ("a\tb", "a\tb"), ("a\u{0}b\u{8}", "ab"), ("\u{202E}a", "a"),
        (" \n\t ", ""),
        ("  a", "a"),
    ])
    func paragraphsKeepTheirLines(_ text: String, _ kept: String) { #expect(Text.paragraphs(text) == kept) }

    @Test(arguments: [
        ("Ёлка", "елка"), ("ЁЖ", "еж"), ("е\u{308}лка", "елка"), ("ﬁle", "file"), ("İ", "i\u{307}"), ("ТЕСТ", "тест"),
    ])
    func folding(_ text: String, _ folded: String) { #expect(Text.folded(text) == folded) }

    @Test func yoSortsAfterYe() {
        let names = ["Ёжиков", "Еж", "Жуков", "Елкин", "Ёлкин", "Дятлов"]
        #expect(
            names.sorted { Text.sortKey($0).utf8.lexicographicallyPrecedes(Text.sortKey($1).utf8) } == [
                "Дятлов", "Еж", "Елкин", "Ёжиков", "Ёлкин", "Жуков",
            ])
    }

    @Test(arguments: [
        (["принтер", "принтера", "принтеры", "принтерами"], "принтер"),
        (["картридж", "картриджа", "картриджи"], "картридж"),
        (["заявка", "заявки", "заявку"], "заявк"), (["подключение", "подключения", "Подключению"], "подключен"),
        (["print", "printing", "Printed", "prints"], "print"), (["connection", "connections"], "connect"),
    ])
    func formsOfAWordHaveOneStem(_ words: [String], _ stem: String) {
        for word in words { #expect(Words.stems(of: word) == [stem]) }
    }

    @Test(arguments: [
        ("1С: не открывается!", ["1с", "не", "открыва"]), ("VPN/прокси", ["vpn", "прокс"]), ("№4812", ["4812"]),
        ("", []), ("… — «»", []),
        ("ёлка", ["елк"]), ("a", ["a"]),
    ])
    func textIsSplitIntoWords(_ text: String, _ stems: [String]) { #expect(Words.stems(of: text) == stems) }

    @Test func aVeryLongWordIsCut() {
        #expect(Words.split(String(repeating: "щ", count: 5_000)) == [String(repeating: "щ", count: 40)])
    }
}
