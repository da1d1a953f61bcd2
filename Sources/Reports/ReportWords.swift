import Kernel
import Web

/// Words of reports for one viewer: one language, one time zone, one moment.
struct ReportWords: Sendable {
    let text: Catalogue
    let dates: Dates
    let viewer: Viewer

    init(_ site: Site, for viewer: Viewer, in language: Language) {
        text = site.text(language)
        dates = Dates(text, zone: viewer.zone, now: site.now())
        self.viewer = viewer
    }

    func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String { text("reports.\(key)", values) }

    // MARK: periods

    /// «1–30 ноября 2026», said in full.
    func period(_ period: Period) -> String {
        if period.count == 1 { return dates.calendarDay(period.from) }
        return self("period.span", ["from": dates.calendarDay(period.from), "until": dates.calendarDay(period.until)])
    }

    /// Below a column: «9:00», «3 ноя», «ноя».
    func label(_ slot: Period.Slot, _ step: Period.Step) -> String {
        if let hour = slot.hour { return Dates.clock(hour * 60) }
        let month = self("month.\(slot.from.month)")
        return step == .month ? month : self("slot.day", ["day": String(slot.from.day), "month": month])
    }

    /// In the table: «3 ноября», «3–9 ноября», «Ноябрь 2026».
    func name(_ slot: Period.Slot, _ step: Period.Step) -> String {
        if let hour = slot.hour {
            return self("slot.hour", ["from": Dates.clock(hour * 60), "until": Dates.clock((hour + 1) * 60)])
        }
        if step == .month {
            return self("month-name.\(slot.from.month)", ["year": String(slot.from.year)])
        }
        if slot.from == slot.until { return dates.calendarDay(slot.from) }
        return self("period.span", ["from": dates.calendarDay(slot.from), "until": dates.calendarDay(slot.until)])
    }

    // MARK: values

    func value(_ value: Report.Cell.Value) -> String {
        switch value {
        case .text(let text): return text
        case .count(let count): return text.number(count)
        case .minutes(let minutes): return length(minutes)
        case .share(let part, let whole): return percent(part, of: whole)
        case .decimal(let number): return decimal(number)
        case .date(let date): return dates.calendarDay(date)
        case .moment(let moment): return dates.moment(moment)
        case .none: return "—"
        }
    }

    func percent(_ part: Int, of whole: Int) -> String {
        let percent = whole == 0 ? 0 : (part * 100 + whole / 2) / whole
        return text.language == .russian ? "\(text.number(percent))\u{A0}%" : "\(text.number(percent))%"
    }

    func decimal(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10)\(text.language == .russian ? "," : ".")\(abs(tenths) % 10)"
    }

    /// «25 мин», «4 ч 10 мин»: working time is not folded into days.
    func length(_ minutes: Int) -> String {
        (minutes < 0 ? "−" : "") + dates.labour(Minutes(abs(minutes)))
    }
}
