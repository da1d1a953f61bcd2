import Foundation
import Kernel

/// The encodings of a letter.
enum MIME {
    /// A part of several; the boundary holds «=_», which neither encoding makes.
    static func parts(_ kind: String, _ parts: [String]) -> String {
        let boundary = "=_okno_\(kind)"
        let inner = parts.map { "--\(boundary)\r\n\($0)\r\n" }.joined()
        return "Content-Type: multipart/\(kind); boundary=\"\(boundary)\"\r\n\r\n\(inner)--\(boundary)--\r\n"
    }

    static func text(_ text: String, _ type: String) -> String {
        """
        Content-Type: \(type); charset=utf-8\r
        Content-Transfer-Encoding: quoted-printable\r
        \r
        \(quotedPrintable(text))\r

        """
    }

    static func file(_ file: Letter.Attachment) -> String {
        let isPlain = file.name.allSatisfy { $0.isASCII && $0 != "\"" && $0 != "\\" && $0 >= " " }
        // RFC 2231.
        let encoded = file.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "file"
        let name = isPlain ? "filename=\"\(file.name)\"" : "filename*=utf-8''\(encoded)"
        let base64 = Data(file.bytes).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ])
        return """
            Content-Type: \(token(file.type))\r
            Content-Transfer-Encoding: base64\r
            Content-Disposition: attachment;\r
             \(name)\r
            \r
            \(base64)\r

            """
    }

    /// RFC 2045, 6.7: lines of 76 signs at most, ends of lines kept.
    static func quotedPrintable(_ text: String) -> String {
        let lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            var result = "", width = 0
            let bytes = Array(line.utf8)
            for (index, byte) in bytes.enumerated() {
                let isLast = index == bytes.count - 1
                let isPlain =
                    (byte >= 33 && byte <= 126 && byte != UInt8(ascii: "="))
                    || ((byte == 32 || byte == 9) && !isLast)
                let sign = isPlain ? String(UnicodeScalar(byte)) : "=" + hex(byte)
                if width + sign.utf8.count > 75 {
                    result += "=\r\n"
                    width = 0
                }
                result += sign
                width += sign.utf8.count
            }
            return result
        }.joined(separator: "\r\n")
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }

    /// A header's free text: as it is, or in encoded words (RFC 2047) of 75 signs at most that each hold whole characters.
    static func unstructured(_ text: String) -> String {
        let line = oneLine(text)
        guard line.utf8.count > 200 || !line.allSatisfy(\.isASCII) || line.contains("=?") else { return line }
        return encodedWords(line)
    }

    static func mailbox(_ mailbox: Letter.Mailbox) -> String {
        let name = oneLine(mailbox.name), address = token(mailbox.address)
        if name.isEmpty { return address }
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == " ") }
        return "\(isPlain ? name : encodedWords(name)) <\(address)>"
    }

    private static func encodedWords(_ line: String) -> String {
        var words: [String] = [], part = ""
        for character in line {
            // 36 bytes are 48 signs of base64, and the name of the header stands before.
            if part.utf8.count + String(character).utf8.count > 36, !part.isEmpty {
                words.append(part)
                part = ""
            }
            part.append(character)
        }
        words.append(part)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// A value that stands as it is: nothing in it can begin another header.
    static func token(_ text: String) -> String {
        String(
            text.unicodeScalars.filter { $0.value > 32 && $0.value < 127 && $0 != "<" && $0 != ">" }.map(Character.init)
        )
    }

    static func oneLine(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) })
            .split(separator: " ").joined(separator: " ")
    }

    /// «Mon, 23 Nov 2026 07:00:05 +0000»
    static func date(_ instant: Instant) -> String {
        let (date, minute) = Zone.utc.local(instant)
        let second = instant.milliseconds.floorDivided(by: 1000) % 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][date.weekday - 1]
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][date.month - 1]
        return
            "\(day), \(date.day) \(month) \(date.year) \(two(minute / 60)):\(two(minute % 60)):\(two(Int(second))) +0000"
    }
}
