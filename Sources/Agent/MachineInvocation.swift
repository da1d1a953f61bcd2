import Glibc

/// `okno-agent --install-machine https://SERVER TOKEN […]`, `okno-agent --machine` and `okno-agent --remove-machine`: what root does with a
/// computer as a whole.
package enum MachineInvocation: Equatable, Sendable {
    case install(MachineWide, token: String)
    case run(folder: String)
    case remove(folder: String)

    /// nil: another way to start.
    package static func read(_ arguments: [String]) throws(Invocation.Fault) -> MachineInvocation? {
        guard let act = arguments.first, ["--install-machine", "--machine", "--remove-machine"].contains(act) else {
            return nil
        }
        var wide = MachineWide(server: ""), words: [String] = []
        var rest = arguments.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--folder", "--display", "--xauthority", "--proxy", "--ca", "--backend":
                guard let value = rest.popFirst(), !value.isEmpty, !value.contains(where: \.isNewline) else {
                    throw .usage
                }
                switch word {
                case "--folder": wide.folder = value
                case "--display": wide.display = value
                case "--xauthority": wide.authority = value
                default: wide.options += [word, value]
                }
            default:
                guard !word.hasPrefix("--") else { throw .usage }
                words.append(word)
            }
        }
        guard wide.folder.hasPrefix("/"), !wide.folder.contains("\"") else { throw .usage }
        guard act == "--install-machine" else {
            var bare = MachineWide(server: "")
            bare.folder = wide.folder
            guard words.isEmpty, wide == bare else { throw .usage }
            return act == "--machine" ? .run(folder: wide.folder) : .remove(folder: wide.folder)
        }
        // As it is written and read again later, so that nothing wrong is installed.
        let whole = try Invocation(words + wide.options)
        guard let token = whole.code, !whole.isResident, words[0].hasPrefix("http") else { throw .usage }
        wide.server = whole.server
        return .install(wide, token: token)
    }
}

extension MachineWide {
    /// Writes the folder, all of it root's.
    /// - Parameter program: this program, which root will start: it must be root's too.
    /// - Returns: nil, or what went wrong.
    package func install(program: String, _ words: Words) -> String? {
        do throws(Fault) { try Self.check(program) } catch { return words.programIsNotRoots(program) }
        mkdir(folder, 0o755)
        chmod(folder, 0o755)
        if let fault = LinkHandler.write(text, to: "\(folder)/\(Self.file)")
            ?? LinkHandler.write(Self.unit(program: program, folder: folder), to: "\(folder)/\(Self.unit)")
        {
            return fault
        }
        // The file may name a proxy with its password.
        chmod("\(folder)/\(Self.file)", 0o600)
        chmod("\(folder)/\(Self.unit)", 0o644)
        do throws(Fault) { try Self.check("\(folder)/\(Self.file)") } catch { return words.machine(error) }
        return nil
    }

    package static func remove(_ folder: String) {
        for name in [file, unit, Secret.ofMachine] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    package static func unitPath(_ folder: String) -> String { "\(folder)/\(unit)" }
}
