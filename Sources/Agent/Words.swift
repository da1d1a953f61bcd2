import AgentProtocol

/// What the person at the computer reads, in the language of the question.
package struct Words: Equatable, Sendable {
    package let isRussian: Bool
    package init(_ language: String) { isRussian = language != "en" }

    func say(_ russian: String, _ english: String) -> String { isRussian ? russian : english }

    package var title: String { say("Удалённая помощь", "Remote help") }
    func asks(_ name: String) -> String { say("\(name) просит разрешения:", "\(name) asks for your permission:") }
    func request(_ number: UInt64) -> String { say("Заявка \(number)", "Request \(number)") }
    func right(_ right: Rights) -> String {
        switch right {
        case .view: say("видеть экран", "to see the screen")
        case .control: say("управлять мышью и клавиатурой", "to use mouse and keyboard")
        case .clipboard: say("общий буфер обмена", "to share the clipboard")
        default: say("передавать файлы", "to transfer files")
        }
    }
    var isRecorded: String { say("Сеанс записывается.", "The session is recorded.") }
    var allow: String { say("Разрешить", "Allow") }
    var refuse: String { say("Отказать", "Refuse") }
    func counts(_ seconds: Int) -> String {
        say(
            "Без ответа через \(seconds) с — отказ · Esc — отказать",
            "Refused in \(seconds) s without an answer · Esc refuses")
    }
    /// What those who are named before may do.
    func controls(_ granted: Rights, by count: Int) -> String {
        if count == 0 { return say("сейчас никто не смотрит", "nobody looks now") }
        if granted.contains(.control) {
            return count == 1
                ? say("видит экран и управляет", "sees the screen and controls it")
                : say("видят экран и управляют", "see the screen and control it")
        }
        guard granted.contains(.view) else { return say("на связи", "connected") }
        return count == 1 ? say("видит экран", "sees the screen") : say("видят экран", "see the screen")
    }
    /// What else was agreed to; nil: nothing.
    func also(_ granted: Rights) -> String? {
        let words = [
            granted.contains(.clipboard) ? say("общий буфер обмена", "shared clipboard") : nil,
            granted.contains(.files) ? say("передача файлов", "files") : nil,
        ].compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
    var isLost: String { say("Связь прервана, восстанавливается…", "The connection is lost, trying again…") }
    func stop(byKey hasKey: Bool) -> String {
        hasKey ? say("Остановить (Pause)", "Stop (Pause)") : say("Остановить", "Stop")
    }

    package var wayland: String {
        say(
            "Сеанс Wayland: программе здесь не дают ни видеть экран, ни управлять. Показать экран можно в браузере кнопкой «Показать экран» в заявке; для управления выйдите и выберите при входе сеанс «X11» (Xorg).",
            "A Wayland session: a program may neither see the screen here nor control it. The browser can show the screen, by “Show the screen” in the request; for control sign out and choose an “X11” (Xorg) session at sign-in."
        )
    }
    package var noDisplay: String {
        say("Нет графического сеанса X11: показать нечего.", "No graphical X11 session: there is nothing to show.")
    }
    var noBackEnd: String {
        say("Не установлены программы x11vnc и TigerVNC.", "Neither x11vnc nor TigerVNC is installed.")
    }
    var noAttention: String {
        say("Ctrl-Alt-Del не нажаты: управления сейчас нет.", "Ctrl-Alt-Del was not pressed: there is no control now.")
    }
    var attentionUnheard: String {
        say(
            "Ctrl-Alt-Del нажаты, но рабочий стол этого компьютера их не ждёт: ничего не произойдёт.",
            "Ctrl-Alt-Del was pressed, but the desktop of this computer does not wait for it: nothing will happen.")
    }
    var clipboardIsCut: String {
        say(
            "Скопированный там текст длиннее 256 КиБ: пришло его начало.",
            "The text that was copied there is longer than 256 KiB: its beginning has come.")
    }
    package var unknownCode: String {
        say(
            "Код не подходит или уже использован. Возьмите новый в заявке.",
            "The code is wrong or was used already. Take a new one from the request.")
    }
    package var otherVersion: String {
        say(
            "Эта программа не подходит к серверу. Возьмите новую в заявке.",
            "This program does not match the server. Take a new one from the request.")
    }
    var disconnected: String {
        say(
            "Этот компьютер отключён: сервер его больше не знает. Чтобы добавить его снова, возьмите новый код.",
            "This computer was disconnected: the server does not know it any more. To add it again, take a new code.")
    }
    var runsAlready: String { say("Программа уже работает.", "The program is running already.") }
    package var introduced: String {
        say(
            "Компьютер добавлен. Программа работает и будет запускаться при входе в систему; это окно можно закрыть.",
            "The computer is added. The program is running and will start when you sign in; you can close this window.")
    }
    package var autostartRemoved: String {
        say(
            "Программа больше не запускается при входе в систему.",
            "The program does not start at sign-in any more.")
    }
    package var needsRoot: String {
        say("Установка для всего компьютера требует прав root.", "Installing for the whole computer needs root.")
    }
    func programIsNotRoots(_ path: String) -> String {
        say(
            "\(path): файл или одну из папок над ним может изменить не только root. Сначала: install -m 755 okno-agent /usr/local/bin/",
            "\(path): others than root can change the file or a folder above it. First: install -m 755 okno-agent /usr/local/bin/"
        )
    }
    package func machine(_ fault: MachineWide.Fault) -> String {
        switch fault {
        case .notRoots(let path):
            say("\(path): это может изменить не только root.", "\(path): others than root can change this.")
        case .unreadable(let path): say("\(path): не читается.", "\(path): cannot be read.")
        case .line(let line):
            say("\(MachineWide.file): неверная строка «\(line)».", "\(MachineWide.file): a wrong line “\(line)”.")
        }
    }
    package func machineInstalled(_ unit: String) -> String {
        say(
            "Компьютер добавлен. Чтобы программа работала всегда: systemctl enable --now \(unit)",
            "The computer is added. To keep the program running: systemctl enable --now \(unit)")
    }
    package var machineRemoved: String {
        say(
            "Настройки для всего компьютера удалены. Осталось: systemctl disable --now okno-agent",
            "The settings for the whole computer are removed. What is left: systemctl disable --now okno-agent")
    }
    package var linkInstalled: String {
        say("Ссылки okno:// открывает теперь эта программа.", "Links okno:// open this program from now on.")
    }
    package var linkRemoved: String {
        say("Ссылки okno:// больше не открывают эту программу.", "Links okno:// do not open this program any more.")
    }
    var proxyScript: String {
        say(
            "В настройках системы указан сценарий прокси (PAC). Он не назвал прокси, или его нечем прочитать (нужна libproxy): соединяемся напрямую. Прокси можно указать: --proxy http://ИМЯ:ПОРТ.",
            "The system settings name a proxy script (PAC). It named no proxy, or nothing can read it (libproxy does): connecting directly. Name the proxy: --proxy http://NAME:PORT."
        )
    }
    /// Why the server was not reached, where more can be said than the library does.
    package func fault(_ fault: ConnectionFault) -> String {
        switch fault {
        case .authority:
            say(
                "Соединение не установлено: сертификат сервера подписан неизвестным центром или выдан на другое имя. Если центр ваш, укажите его файл: --ca ФАЙЛ.",
                "Not connected: the server's certificate is signed by an unknown authority or made out to another name. If the authority is yours, name its file: --ca FILE."
            )
        case .authorityFile:
            say("Файл --ca не читается как сертификаты.", "The file of --ca cannot be read as certificates.")
        case .proxyLogin:
            say(
                "Прокси требует вход (407), а билета Kerberos, имени и пароля нет, или они не подошли. Получите билет (kinit) или укажите: --proxy http://ИМЯ:ПАРОЛЬ@ПРОКСИ:ПОРТ.",
                "The proxy wants a login (407), and there is no ticket of Kerberos, name and password, or they do not fit. Get a ticket (kinit), or name them: --proxy http://NAME:PASSWORD@PROXY:PORT."
            )
        case .proxyRefuses(let code):
            say(
                "Прокси не пропускает к серверу: ответ \(code).",
                "The proxy does not let us through: it answered \(code).")
        case .other(let words): words
        }
    }
    package var usage: String {
        say("Запуск: ", "Usage: ")
            + "okno-agent https://SERVER [CODE] [--resident|--autostart] [--proxy URL] [--ca FILE] [--backend x11vnc|tigervnc]\n"
            + "    okno-agent okno://SERVER/CODE | okno-agent --install-link [--proxy URL] [--ca FILE] [--backend x11vnc|tigervnc] | okno-agent --remove-link\n"
            + "    okno-agent --remove-autostart\n"
            + "    okno-agent --install-machine https://SERVER TOKEN [--display :0] [--xauthority FILE] [--folder DIR] [--proxy URL] [--ca FILE] [--backend x11vnc|tigervnc]\n"
            + "    okno-agent --machine [--folder DIR] | okno-agent --remove-machine [--folder DIR]"
    }
}
