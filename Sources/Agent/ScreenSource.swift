import AgentProtocol
import Glibc

/// A program that shows the screen as an RFB byte stream, and does nothing else. One runs for each viewer.
protocol ScreenSource {
    var kind: BackEnd { get }
    /// nil when the program is not there.
    func start(display: String, _ surroundings: Surroundings) -> Feed?
}

enum ScreenSources {
    /// In the order in which they are tried.
    static func chosen(_ wanted: BackEnd) -> [any ScreenSource] {
        ([X11VNC(), TigerVNC()] as [any ScreenSource]).filter { wanted == .any || $0.kind == wanted }
    }
}

/// x11vnc on a socket pair: no port, and it ends with the pair.
struct X11VNC: ScreenSource {
    var kind: BackEnd { .x11vnc }

    func start(display: String, _ surroundings: Surroundings) -> Feed? {
        let command = [
            "x11vnc", "-inetd", "-viewonly", "-display", display, "-norc", "-nopw", "-quiet", "-wait", "5",
            "-defer", "5", "-nowait_bog", "-noxrecord", "-nosel", "-nobell", "-nocmds", "-noremote", "-safer",
            "-noipv6", "-shared", "-xrandr", "resize",
            // It does not see the keys and would rest, up to a second and a half, while somebody types.
            "-nonap", "-sb", "0",
        ]
        return Feed(pairWith: command, environment: surroundings.variables)
    }
}

/// TigerVNC knows no socket pair. It listens on a socket in a folder that only this user may enter, the agent takes the first and
/// only connection, and the name is gone before the picture begins. No TCP port.
struct TigerVNC: ScreenSource {
    /// Debian's `x0vncserver` is a wrapper that leaves the server behind; elsewhere it is the server.
    private static let programs = ["X0tigervnc", "x0vncserver"]

    var kind: BackEnd { .tigerVNC }

    func start(display: String, _ surroundings: Surroundings) -> Feed? {
        for program in Self.programs {
            guard let help = Program.said([program, "-h"], environment: surroundings.variables),
                let room = ListeningRoom(surroundings)
            else { continue }
            return Feed(
                [program] + Self.options(help, display: display, socket: room.socket), room,
                environment: surroundings.variables)
        }
        return nil
    }

    /// Versions know different options, and refuse to start with one that they do not know.
    static func options(_ help: String, display: String, socket: String) -> [String] {
        [
            "-display", display, "-rfbport=-1", "-rfbunixpath=\(socket)", "-rfbunixmode=384", "-SecurityTypes=None",
            "-AlwaysShared=1", "-UseBlacklist=0", "-AcceptSetDesktopSize=0", "-AcceptKeyEvents=0",
            "-AcceptPointerEvents=0",
        ]
            // The clipboard has a way of its own, with a consent of its own.
            + ["AcceptCutText", "SendCutText", "SetPrimary", "SendPrimary"].filter { help.contains($0) }.map {
                "-\($0)=0"
            }
    }
}

/// The folder of one socket, gone with this value.
final class ListeningRoom {
    private let folder: String
    var socket: String { folder + "/rfb" }

    /// nil when there is no place that is this user's alone.
    init?(_ surroundings: Surroundings) {
        let name = "okno-agent-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        for place in [surroundings.runtime, surroundings.configuration + "/okno"] where !place.isEmpty {
            if place != surroundings.runtime {
                mkdir(surroundings.configuration, 0o700)
                mkdir(place, 0o700)
            }
            var facts = stat()
            // The name of a socket has 107 bytes.
            guard lstat(place, &facts) == 0, facts.st_uid == geteuid(), facts.st_mode & S_IFMT == S_IFDIR,
                place.utf8.count + name.utf8.count < 100, mkdir("\(place)/\(name)", 0o700) == 0
            else { continue }
            folder = "\(place)/\(name)"
            return
        }
        return nil
    }

    deinit {
        unlink(socket)
        rmdir(folder)
    }
}
