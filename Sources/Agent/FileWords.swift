/// What the person reads of files.
extension Words {
    func wantsFile(_ name: String) -> String { say("\(name) просит файл:", "\(name) asks for a file:") }
    var choose: String { say("Выберите, какой файл передать", "Choose the file to send") }
    var send: String { say("Передать", "Send") }
    var open: String { say("Открыть", "Open") }
    var sendNone: String { say("Не передавать", "Send none") }
    var emptyFolder: String { say("Здесь нет файлов.", "There are no files here.") }
    func choosing(_ seconds: Int) -> String {
        say(
            "↑ ↓ Enter — выбрать, Esc — не передавать · \(seconds) с",
            "↑ ↓ Enter to choose, Esc to send none · \(seconds) s")
    }
    func size(_ bytes: UInt64) -> String {
        let units = isRussian ? ["Б", "КБ", "МБ", "ГБ"] : ["B", "KB", "MB", "GB"]
        var (value, unit) = (bytes, 0)
        while value >= 1_024, unit < 3 { (value, unit) = (value / 1_024, unit + 1) }
        return "\(value) \(units[unit])"
    }
    func fileGoes(_ name: String, _ percent: Int) -> String {
        say("Передаётся: \(Self.cut(name, 24)), \(percent) %", "Sending: \(Self.cut(name, 24)), \(percent) %")
    }
    func fileComes(_ name: String, _ percent: Int) -> String {
        say("Принимается: \(Self.cut(name, 24)), \(percent) %", "Receiving: \(Self.cut(name, 24)), \(percent) %")
    }
    func fileSent(_ name: String) -> String { say("Передан: \(Self.cut(name, 32))", "Sent: \(Self.cut(name, 32))") }
    func fileCame(_ name: String) -> String {
        say("В папке загрузок: \(Self.cut(name, 24))", "In the downloads folder: \(Self.cut(name, 20))")
    }
    func fileFailed(_ name: String) -> String {
        say("Не передан: \(Self.cut(name, 24)).", "Not sent: \(Self.cut(name, 24)).")
    }

    /// So much of a name as has room: its beginning and its ending.
    static func cut(_ name: String, _ most: Int) -> String {
        name.count <= most ? name : "\(name.prefix(most - 8))…\(name.suffix(7))"
    }
}
