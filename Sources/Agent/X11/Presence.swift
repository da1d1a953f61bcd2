import AgentProtocol
import CX11

/// What cannot be overlooked while somebody is here: a frame around the screen and a card that ends it.
final class Presence {
    private let strips: [Strip]
    private let card: Card
    private let screen: Screen

    init(_ screen: Screen, stop: @escaping () -> Void) {
        strips = (0..<4).map { Strip(screen, side: $0) }
        self.screen = screen
        card = Card(screen, hasKey: screen.takePause(), stop: stop)
        for strip in strips { strip.show() }
        card.show()
    }

    func say(_ lines: [String], _ words: Words) { card.say(lines, words) }

    func hide() {
        screen.givePause()
        for strip in strips { strip.hide() }
        card.hide()
    }
}

/// One side of the frame. The pointer goes through it.
private final class Strip: Pane {
    private static let thickness = 4
    private let side: Int

    init(_ screen: Screen, side: Int) {
        self.side = side
        super.init(screen, Self.place(side, screen), back: Pane.red, name: "okno-agent: frame")
        let nothing = XFixesCreateRegion(screen.display, nil, 0)
        // 2 is the shape that the pointer sees.
        XFixesSetWindowShapeRegion(screen.display, window, 2, 0, 0, nothing)
        XFixesDestroyRegion(screen.display, nothing)
    }

    override func screenChanged() { move(Self.place(side, screen)) }

    private static func place(_ side: Int, _ screen: Screen) -> Box {
        let (width, height) = (screen.width, screen.height)
        switch side {
        case 0: return Box(0, 0, width, thickness)
        case 1: return Box(0, height - thickness, width, thickness)
        case 2: return Box(0, 0, thickness, height)
        default: return Box(width - thickness, 0, thickness, height)
        }
    }
}

/// Who is here, and the button that ends it. It can be moved out of the way, not away.
private final class Card: Pane {
    private static let width = 380
    private let hasKey: Bool
    private let stop: () -> Void
    private var lines: [String] = []
    private var words = Words("ru")
    private var held: (x: Int, y: Int)?

    /// - Parameter hasKey: Pause does the same as the button.
    init(_ screen: Screen, hasKey: Bool, stop: @escaping () -> Void) {
        (self.hasKey, self.stop) = (hasKey, stop)
        super.init(
            screen, Box(screen.width - Self.width - 12, 12, Self.width, 90), back: Pane.paper, name: "okno-agent: card")
    }

    private var stopBox: Box { Box(12, box.height - 48, 240, 36) }

    func say(_ lines: [String], _ words: Words) {
        guard lines != self.lines || words != self.words else { return }
        (self.lines, self.words) = (lines, words)
        move(Box(box.x, box.y, Self.width, 62 + 24 * lines.count))
        call(([words.title] + lines).joined(separator: " · "))
        paint()
    }

    override func paint() {
        clear()
        fill(Box(0, 0, box.width, 4), Pane.red)
        for (place, line) in lines.enumerated() { write(line, x: 12, y: 26 + 24 * place) }
        button(stopBox, words.stop(byKey: hasKey), Pane.red)
    }

    override func pressed(x: Int, y: Int, onScreen: (x: Int, y: Int)) {
        if stopBox.contains(x, y) { return stop() }
        held = (onScreen.x - box.x, onScreen.y - box.y)
    }

    override func dragged(onScreen: (x: Int, y: Int)) {
        guard let held else { return }
        move(
            Box(
                min(max(onScreen.x - held.x, 0), max(screen.width - box.width, 0)),
                min(max(onScreen.y - held.y, 0), max(screen.height - box.height, 0)), box.width, box.height))
    }

    override func screenChanged() { move(Box(max(screen.width - Self.width - 12, 0), 12, box.width, box.height)) }
}
