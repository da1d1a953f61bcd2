import AgentProtocol
import Foundation
import Testing

@testable import Agent

/// What the agent reads of the person's desktop and writes there, as texts.
@Suite struct PlaceTests {
    /// The loop of the agent goes on while a program of the desktop thinks, and does not wait for one that never answers.
    @Test func aProgramIsHeardWithoutWaitingForIt() throws {
        func heard(_ script: String, seconds: UInt64) throws -> (said: String, longest: UInt64, took: UInt64) {
            let hearing = try #require(Hearing(["/bin/sh", "-c", script], environment: [], seconds: seconds))
            let began = Clock.milliseconds
            var longest: UInt64 = 0
            while true {
                let asked = Clock.milliseconds, said = hearing.said()
                longest = max(longest, Clock.milliseconds - asked)
                if let said { return (said, longest, Clock.milliseconds - began) }
                usleep(5_000)
            }
        }
        let slow = try heard("echo one; sleep 1; echo two", seconds: 20)
        #expect(slow.said == "one\ntwo\n" && slow.took > 900 && slow.longest < 500)
        let silent = try heard("echo one; exec sleep 60", seconds: 1)
        #expect(silent.said == "one\n" && (900..<5_000).contains(silent.took) && silent.longest < 500)
        #expect(Hearing(["/no/such/program"], environment: [], seconds: 1) == nil)
    }

    @Test func theProxyOfTheDesktop() {
        let manual = """
            org.gnome.system.proxy autoconfig-url ''
            org.gnome.system.proxy ignore-hosts ['localhost', '*.local']
            org.gnome.system.proxy mode 'manual'
            org.gnome.system.proxy.http host 'old'
            org.gnome.system.proxy.http port 8080
            org.gnome.system.proxy.https host 'proxy.example'
            org.gnome.system.proxy.https port 3128
            """
        #expect(
            DesktopProxy(manual, isSecure: true) == .manual("http://proxy.example:3128", except: "localhost,*.local"))
        #expect(DesktopProxy(manual, isSecure: false) == .manual("http://old:8080", except: "localhost,*.local"))
        #expect(DesktopProxy(manual.replacing("'manual'", with: "'none'"), isSecure: true) == .none)
        let script = manual.replacing("'manual'", with: "'auto'")
        #expect(DesktopProxy(script, isSecure: true) == .script(""))
        #expect(
            DesktopProxy(
                script + "\norg.gnome.system.proxy autoconfig-url 'http://desk.example/proxy.pac'", isSecure: true)
                == .script("http://desk.example/proxy.pac"))
        #expect(
            DesktopProxy(manual.replacing("proxy.example", with: "a@b/c"), isSecure: true)
                == .manual("http://old:8080", except: "localhost,*.local"))
        for wrong in ["", "No such schema", "org.gnome.system.proxy mode 'manual'"] {
            #expect(DesktopProxy(wrong, isSecure: true) == .none)
        }
    }

    @Test func aLinkKeepsWhatThePersonHasChosen() {
        let had = "[Added Associations]\na=b\n\n[Default Applications]\ntext/html=firefox.desktop\n"
        let chosen = LinkHandler.choosing(had)
        #expect(
            chosen
                == "[Added Associations]\na=b\n\n[Default Applications]\nx-scheme-handler/okno=okno-agent.desktop\ntext/html=firefox.desktop\n"
        )
        #expect(LinkHandler.choosing(chosen) == chosen)
        #expect(LinkHandler.leaving(chosen) == had)
        #expect(LinkHandler.choosing("") == "[Default Applications]\nx-scheme-handler/okno=okno-agent.desktop\n")
    }

    @Test func aLinkIsAsGoodAsAnAddress() throws {
        let entry = LinkHandler.entry(program: "/home/an na/$okno", ["--ca", "/a/100%.pem"])
        #expect(entry.contains(#"Exec="/home/an na/\\$okno" "--ca" "/a/100%%.pem" %u"#))
        #expect(try LinkInvocation.read(["--install-link", "--ca", "f"])?.options == ["--ca", "f"])
        #expect(try LinkInvocation.read(["https://a", "4821"]) == nil)
        for wrong in [["--install-link", "https://a"], ["--install-link", "--resident"], ["--install-link", "--ca"]] {
            #expect(throws: Invocation.Fault.self) { try LinkInvocation.read(wrong) }
        }
        #expect(try Invocation(["--backend", "tigervnc", "okno://a/4821"]).backEnd == .tigerVNC)
        #expect(throws: Invocation.Fault.self) { try Invocation(["--backend", "sh", "okno://a/4821"]) }
    }

    @Test func aLongTextIsCutBetweenCharacters() {
        let long = Array(("a" + String(repeating: "ж", count: 200_000)).utf8)
        let carried = ClipboardText.carried(long)
        #expect(carried?.isCut == true && carried?.text.utf8.count == AgentMessage.clipboardBytes - 1)
        let fitting = ClipboardText.carried(Array(long[1...].prefix(AgentMessage.clipboardBytes)))
        #expect(fitting?.isCut == false && fitting?.text.utf8.count == AgentMessage.clipboardBytes)
        #expect(ClipboardText.carried([0xFF]) == nil)
        #expect(ClipboardText.carried(Array(repeating: 0x80, count: 300_000)) != nil)
    }

    @Test func whatIsSaidOfAFault() {
        #expect(Words("ru").fault(.authority).contains("--ca"))
        #expect(Words("en").fault(.proxyLogin).contains("407"))
        for words in [Words("ru").wayland, Words("en").wayland] { #expect(words.contains("X11")) }
    }
}
