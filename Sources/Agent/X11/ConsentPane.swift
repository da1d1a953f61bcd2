package import AgentProtocol
import CX11

/// Where things stand in the window of the question.
package struct ConsentSheet: Equatable, Sendable {
    package let rights: [Rights]
    package let width = 520
    package let height: Int
    package let allow: Box
    package let refuse: Box

    package init(asked: Rights) {
        rights = Rights.each.filter { asked.contains($0) }
        height = 210 + 34 * rights.count
        allow = Box(24, height - 84, 200, 40)
        refuse = Box(240, height - 84, 200, 40)
    }

    package func tick(_ place: Int) -> Box { Box(24, 104 + 34 * place, 472, 30) }

    /// In the middle of the screen.
    package func box(onScreen width: Int, _ height: Int) -> Box {
        Box(max((width - self.width) / 2, 0), max((height - self.height) / 2, 0), self.width, self.height)
    }
}

/// The question: who wants what, for which request. Nothing is agreed by waiting.
final class ConsentPane: Pane {
    /// So long a click is not taken, it was meant for what stood there before.
    private static let pauseMilliseconds: UInt64 = 600

    private let sheet: ConsentSheet
    private let question: Question
    private let words: Words
    private let shownAt = Clock.milliseconds
    private var chosen: Rights
    private let answered: (Answer) -> Void
    private var secondsShown = -1

    init(_ screen: Screen, _ question: Question, answered: @escaping (Answer) -> Void) {
        sheet = ConsentSheet(asked: question.asked)
        (self.question, self.answered) = (question, answered)
        words = Words(question.language)
        chosen = question.asked
        super.init(
            screen, sheet.box(onScreen: screen.width, screen.height), back: Pane.paper,
            name: "okno-agent: consent")
    }

    private var secondsLeft: Int {
        let gone = (Clock.milliseconds - shownAt) / 1_000
        return max(Int(question.seconds) - Int(gone), 0)
    }

    func tick() {
        if secondsLeft == 0 { return answered(.timedOut) }
        if secondsLeft != secondsShown { paint() }
    }

    override func paint() {
        secondsShown = secondsLeft
        clear()
        fill(Box(0, 0, sheet.width, 6), Pane.red)
        write(words.title, x: 24, y: 36, Pane.ink, isBold: true)
        write(words.request(question.request), x: 24, y: 62, Pane.grey)
        write(words.asks(question.specialist), x: 24, y: 88, Pane.ink, isBold: true)
        for (place, right) in sheet.rights.enumerated() {
            let box = sheet.tick(place)
            fill(Box(box.x, box.y + 4, 20, 20), Pane.grey)
            fill(Box(box.x + 2, box.y + 6, 16, 16), Pane.paper)
            if chosen.contains(right) { fill(Box(box.x + 5, box.y + 9, 10, 10), Pane.green) }
            write(words.right(right), x: box.x + 32, y: box.y + 19)
        }
        if question.isRecorded { write(words.isRecorded, x: 24, y: sheet.height - 94, Pane.red) }
        button(sheet.allow, words.allow, Pane.green)
        button(sheet.refuse, words.refuse, Pane.red)
        write(words.counts(secondsLeft), x: 24, y: sheet.height - 18, Pane.grey)
        XSetInputFocus(screen.display, window, Int32(RevertToPointerRoot), UInt(CurrentTime))
    }

    override func pressed(x: Int, y: Int, onScreen: (x: Int, y: Int)) {
        guard Clock.milliseconds - shownAt > Self.pauseMilliseconds else { return }
        if sheet.refuse.contains(x, y) { return answered(.refused) }
        if sheet.allow.contains(x, y) { return answered(chosen.isEmpty ? .refused : .granted(chosen)) }
        for (place, right) in sheet.rights.enumerated() where sheet.tick(place).contains(x, y) {
            chosen.formSymmetricDifference(right)
            // Whoever may control sees what he does.
            if right == .view, !chosen.contains(.view) { chosen.remove(.control) }
            if right == .control, chosen.contains(.control), question.asked.contains(.view) { chosen.insert(.view) }
            paint()
        }
    }

    override func key(_ symbol: KeySym, isControl: Bool) {
        if symbol == KeySym(XK_Escape) { answered(.refused) }
    }
}
