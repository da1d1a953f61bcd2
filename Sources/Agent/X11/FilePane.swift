import CX11

/// Where things stand in the window in which a file is chosen.
package struct FileSheet: Equatable, Sendable {
    package static let rows = 10
    package let width = 560
    package let height = 470
    package let send = Box(24, 392, 200, 40)
    package let none = Box(240, 392, 200, 40)

    package init() {}

    package func row(_ place: Int) -> Box { Box(16, 116 + 26 * place, 528, 26) }
    /// In the middle of the screen.
    package func box(onScreen width: Int, _ height: Int) -> Box {
        Box(max((width - self.width) / 2, 0), max((height - self.height) / 2, 0), self.width, self.height)
    }
}

/// The person chooses a file, or none: by mouse or by keys. Nothing is chosen by waiting.
final class FilePane: Pane {
    /// So long nothing is taken: it was meant for what stood there before.
    private static let pauseMilliseconds: UInt64 = 600
    private static let patienceSeconds = 150

    let wish: Wish
    private let sheet = FileSheet()
    private let request: UInt64
    private let words: Words
    private let chose: (String?) -> Void
    private let shownAt = Clock.milliseconds
    private var list: FolderList
    private var first = 0
    private var selected: Int?
    private var secondsShown = -1

    init(
        _ screen: Screen, _ wish: Wish, request: UInt64, home: String, _ words: Words,
        chose: @escaping (String?) -> Void
    ) {
        (self.wish, self.request, self.words, self.chose) = (wish, request, words, chose)
        list = FolderList(home)
        super.init(
            screen, sheet.box(onScreen: screen.width, screen.height), back: Pane.paper, name: "okno-agent: file")
        call("\(words.wantsFile(wish.specialist)) \(words.choose)")
    }

    private var secondsLeft: Int {
        max(Self.patienceSeconds - Int((Clock.milliseconds - shownAt) / 1_000), 0)
    }
    private var isEarly: Bool { Clock.milliseconds - shownAt <= Self.pauseMilliseconds }

    func tick() {
        if secondsLeft == 0 { return chose(nil) }
        if secondsLeft != secondsShown { paint() }
    }

    override func paint() {
        secondsShown = secondsLeft
        clear()
        fill(Box(0, 0, sheet.width, 6), Pane.red)
        write(words.wantsFile(wish.specialist), x: 24, y: 36, Pane.ink, isBold: true)
        write("\(words.request(request)) · \(words.choose)", x: 24, y: 62, Pane.grey)
        write(Words.cut(list.path, 64), x: 24, y: 100, Pane.ink, isBold: true)
        for place in 0..<FileSheet.rows where first + place < list.entries.count {
            let entry = list.entries[first + place], box = sheet.row(place), isSelected = first + place == selected
            if isSelected { fill(box, Pane.green) }
            let colour = isSelected ? Pane.paper : Pane.ink
            write(
                Words.cut(entry.name, 52) + (entry.isFolder ? "/" : ""), x: box.x + 8, y: box.y + 18, colour,
                isBold: entry.isFolder)
            if !entry.isFolder {
                write(words.size(entry.size), x: box.x + 450, y: box.y + 18, isSelected ? Pane.paper : Pane.grey)
            }
        }
        if list.entries.allSatisfy({ $0.name == ".." }) {
            write(words.emptyFolder, x: 24, y: sheet.row(1).y + 18, Pane.grey)
        }
        if list.entries.count > FileSheet.rows { bar() }
        let entry = selected.map { list.entries[$0] }
        button(sheet.send, entry?.isFolder == true ? words.open : words.send, entry == nil ? Pane.grey : Pane.green)
        button(sheet.none, words.sendNone, Pane.red)
        write(words.choosing(secondsLeft), x: 24, y: sheet.height - 16, Pane.grey)
        XSetInputFocus(screen.display, window, Int32(RevertToPointerRoot), UInt(CurrentTime))
    }

    /// How much of the folder is seen.
    private func bar() {
        let whole = sheet.row(0).height * FileSheet.rows, count = list.entries.count
        fill(
            Box(
                sheet.width - 12, sheet.row(0).y + whole * first / count, 5, max(whole * FileSheet.rows / count, 12)),
            Pane.grey)
    }

    override func heard(_ event: inout XEvent) {
        if event.type == ButtonPress, event.xbutton.send_event == 0 {
            if event.xbutton.button == 4 { return scroll(-3) }
            if event.xbutton.button == 5 { return scroll(3) }
        }
        super.heard(&event)
    }

    private func scroll(_ count: Int) {
        first = min(max(first + count, 0), max(list.entries.count - FileSheet.rows, 0))
        paint()
    }

    override func pressed(x: Int, y: Int, onScreen: (x: Int, y: Int)) {
        guard !isEarly else { return }
        if sheet.none.contains(x, y) { return chose(nil) }
        if sheet.send.contains(x, y) { return take() }
        for place in 0..<FileSheet.rows where sheet.row(place).contains(x, y) && first + place < list.entries.count {
            let again = selected == first + place
            selected = first + place
            // The second click opens a folder; a file is sent by nothing but the button or Enter.
            if again, list.entries[first + place].isFolder { return take() }
            paint()
        }
    }

    override func key(_ symbol: KeySym, isControl: Bool) {
        guard !isEarly else { return }
        switch Int32(truncatingIfNeeded: symbol) {
        case XK_Escape: chose(nil)
        case XK_Return, XK_KP_Enter: take()
        case XK_BackSpace: if list.path != "/" { enter(list.path(of: .init(name: "..", isFolder: true, size: 0))) }
        case XK_Down: select((selected ?? -1) + 1)
        case XK_Up: select((selected ?? 1) - 1)
        case XK_Page_Down: select((selected ?? 0) + FileSheet.rows)
        case XK_Page_Up: select((selected ?? 0) - FileSheet.rows)
        case XK_Home: select(0)
        case XK_End: select(list.entries.count - 1)
        default: break
        }
    }

    private func select(_ place: Int) {
        guard !list.entries.isEmpty else { return }
        let place = min(max(place, 0), list.entries.count - 1)
        selected = place
        first = min(max(first, place - FileSheet.rows + 1), place)
        paint()
    }

    private func take() {
        guard let selected else { return }
        let entry = list.entries[selected]
        if entry.isFolder { enter(list.path(of: entry)) } else { chose(list.path(of: entry)) }
    }

    private func enter(_ path: String) {
        list = FolderList(path)
        (first, selected) = (0, nil)
        paint()
    }
}
