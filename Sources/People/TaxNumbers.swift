/// Numbers that the Russian tax office gives, by their check digits (orders ММВ-7-6/435@ and 67н).
enum TaxNumbers {
    static let innLengths: Set = [10, 12], kppLengths: Set = [9], ogrnLengths: Set = [13, 15]

    /// ИНН: 10 digits of a company or 12 of a person.
    static func isINN(_ text: String) -> Bool {
        guard let digits = digits(text) else { return false }
        switch digits.count {
        case 10: return check(digits, [2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[9]
        case 12:
            return check(digits, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[10]
                && check(digits, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[11]
        default: return false
        }
    }

    /// КПП: four digits of the office, two digits or Latin capitals of the reason, three of the order. It has no check digit.
    static func isKPP(_ text: String) -> Bool { text.wholeMatch(of: /[0-9]{4}[0-9A-Z]{2}[0-9]{3}/) != nil }

    /// ОГРН: 13 digits of a company or 15 of an entrepreneur; the last is the rest of the others by 11 or by 13.
    static func isOGRN(_ text: String) -> Bool {
        guard let digits = digits(text), let number = Int(text.dropLast()) else { return false }
        switch digits.count {
        case 13: return number % 11 % 10 == digits[12]
        case 15: return number % 13 % 10 == digits[14]
        default: return false
        }
    }

    private static func check(_ digits: [Int], _ weights: [Int]) -> Int {
        zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } % 11 % 10
    }

    private static func digits(_ text: String) -> [Int]? {
        let digits = text.utf8.compactMap { (48...57).contains($0) ? Int($0) - 48 : nil }
        return digits.count == text.utf8.count ? digits : nil
    }
}
