#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A colour that an organisation may choose, and the tints that pages make of it.
struct Colour: Equatable, Sendable {
    let red: Double, green: Double, blue: Double

    static let okno = Colour(hex: "#1a5fb4")!
    static let white = Colour(red: 1, green: 1, blue: 1)

    init(red: Double, green: Double, blue: Double) { (self.red, self.green, self.blue) = (red, green, blue) }

    /// «#1a5fb4»
    init?(hex: String) {
        guard hex.wholeMatch(of: /#[0-9a-fA-F]{6}/) != nil, let number = Int(hex.dropFirst(), radix: 16) else {
            return nil
        }
        self.init(
            red: Double(number >> 16) / 255, green: Double(number >> 8 & 255) / 255, blue: Double(number & 255) / 255)
    }

    var hex: String {
        "#"
            + [red, green, blue].map { part in
                let text = String(Int((part * 255).rounded()), radix: 16)
                return text.count == 1 ? "0" + text : text
            }.joined()
    }

    /// This colour in so many parts of another: 0 is this, 1 the other.
    func mixed(with other: Colour, _ part: Double) -> Colour {
        Colour(
            red: red + (other.red - red) * part, green: green + (other.green - green) * part,
            blue: blue + (other.blue - blue) * part)
    }

    /// WCAG 2 contrast, 1…21.
    func contrast(with other: Colour) -> Double {
        let (light, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (light + 0.05) / (dark + 0.05)
    }

    private var luminance: Double {
        func linear(_ part: Double) -> Double { part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4) }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// Hue in degrees and saturation 0…1 of the HSL model.
    var hue: (degrees: Double, saturation: Double) {
        let high = max(red, green, blue), low = min(red, green, blue), span = high - low
        guard span > 0 else { return (0, 0) }
        let lightness = (high + low) / 2
        let sector =
            switch high {
            case red: ((green - blue) / span).truncatingRemainder(dividingBy: 6)
            case green: (blue - red) / span + 2
            default: (red - green) / span + 4
            }
        return ((sector * 60 + 360).truncatingRemainder(dividingBy: 360), span / (1 - abs(2 * lightness - 1)))
    }

    /// The tint of selected rows and own messages.
    var soft: Colour { mixed(with: .white, 0.9) }

    /// Red belongs to what is late: no accent may look like it.
    var looksRed: Bool {
        let (degrees, saturation) = hue
        return (degrees >= 340 || degrees <= 20) && saturation > 0.35
    }

    /// Throws unless white can be read on it, and it on its own soft tint, at 4.5 to 1.
    func requireReadable() throws(PeopleError) {
        if looksRed { throw .accentIsRed }
        let worst = min(contrast(with: .white), contrast(with: soft))
        guard worst >= 4.5 else {
            throw .accentTooPale(ratio: String((worst * 10).rounded(.down) / 10).replacing(".", with: ","))
        }
    }

    /// The accent's four values for both themes.
    var stylesheet: String {
        let night = Colour(hex: "#1c1c1a")!
        let darkSoft = night.mixed(with: self, 0.22)
        var bright = self, button = mixed(with: .white, 0.08)
        while bright.contrast(with: night) < 7 || bright.contrast(with: darkSoft) < 5.5 {
            bright = bright.mixed(with: .white, 0.1)
        }
        if button.contrast(with: .white) < 4.5 { button = self }
        return """
            :root {
              --accent: light-dark(\(hex), \(button.hex));
              --accent-ink: light-dark(\(hex), \(bright.hex));
              --accent-soft: light-dark(\(soft.hex), \(darkSoft.hex));
              --accent-line: light-dark(\(mixed(with: .white, 0.65).hex), \(night.mixed(with: self, 0.55).hex));
            }

            """
    }
}
