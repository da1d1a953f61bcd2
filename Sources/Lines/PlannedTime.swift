import Kernel

/// Planned time as people write it: «45 мин», «1 ч 30 мин», «2 ч», «1,5 часа», «1:30», «90».
enum PlannedTime {
    /// nil for anything else. A bare number is minutes.
    static func parse(_ text: String) -> Minutes? {
        let text = text.lowercased().replacing("\u{A0}", with: " ").replacing(",", with: ".")
            .trimmingPrefix(while: \.isWhitespace)
        if let match = try? /(\d{1,4}):([0-5]\d)\s*/.wholeMatch(in: text), let hours = Int(match.1),
            let rest = Int(match.2)
        {
            return Minutes(hours * 60 + rest)
        }
        if let match = try? /(\d{1,6})\s*/.wholeMatch(in: text), let minutes = Int(match.1) { return Minutes(minutes) }
        guard
            let match = try?
                /(?:(\d{1,4}(?:\.\d{1,2})?)\s*(?:ч|h)[а-яa-z]*\.?)?\s*(?:(\d{1,6})\s*(?:м|m)[а-яa-z]*\.?)?\s*/
                .wholeMatch(in: text),
            match.1 != nil || match.2 != nil
        else { return nil }
        let hours = match.1.flatMap { Double($0) } ?? 0, minutes = match.2.flatMap { Int($0) } ?? 0
        return Minutes(Int((hours * 60).rounded()) + minutes)
    }
}
