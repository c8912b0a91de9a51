<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace block_bangkom;

/**
 * What the template shows of a card. Arrays in, an array out; only the date is Moodle's.
 *
 * @package    block_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class view {
    /**
     * The context of the template.
     *
     * @param array $kept state (ok, unknown, down) and, where it is ok, card
     * @return array
     */
    public static function of(array $kept): array {
        $card = $kept['card'] ?? [];
        return [$kept['state'] => true] + ($kept['state'] === 'ok' ? self::hours($card) + self::session($card) + [
            'surveys' => self::links($card['surveys'] ?? [], 'title'),
            'hassurveys' => (bool)self::links($card['surveys'] ?? [], 'title'),
            'step' => self::links([$card['next_step'] ?? null], 'text')[0] ?? null,
            'record' => self::address($card['record_url'] ?? ''),
        ] : []);
    }

    /**
     * Hours, target, and how much of it is done.
     *
     * @param array $card
     * @return array
     */
    private static function hours(array $card): array {
        $jp = max(0, (float)($card['jp'] ?? 0));
        $target = max(0, (float)$card['target']);
        return [
            'jp' => self::number($jp),
            'target' => self::number($target),
            'year' => (int)($card['year'] ?? 0),
            'percent' => $target > 0 ? (int)min(100, floor(100 * $jp / $target)) : 100,
            'reached' => $jp >= $target,
            'missing' => self::number(max(0, $target - $jp)),
        ];
    }

    /**
     * The next session, where there is one.
     *
     * @param array $card
     * @return array
     */
    private static function session(array $card): array {
        $session = $card['next_session'] ?? null;
        $starts = is_array($session) ? strtotime((string)($session['starts_at'] ?? '')) : false;
        return ['session' => $starts ? [
            'name' => (string)($session['name'] ?? ''),
            'place' => (string)($session['place'] ?? ''),
            'when' => userdate($starts, get_string('strftimedaydatetime', 'langconfig')),
        ] : null];
    }

    /**
     * Things that lead somewhere; a thing without an address of the web is left out.
     *
     * @param array $things each with url and the words
     * @param string $words where the words are
     * @return array each with words and url
     */
    private static function links(array $things, string $words): array {
        $links = [];
        foreach ($things as $thing) {
            $url = is_array($thing) ? self::address($thing['url'] ?? '') : '';
            if ($url !== '') {
                $links[] = ['words' => (string)($thing[$words] ?? ''), 'url' => $url];
            }
        }
        return $links;
    }

    /**
     * An address of the web, or nothing.
     *
     * @param mixed $url
     * @return string
     */
    private static function address($url): string {
        return is_string($url) && preg_match('~^https?://[^\s"<>]+$~i', $url) ? $url : '';
    }

    /**
     * A number without needless zeros.
     *
     * @param float $number
     * @return string
     */
    private static function number(float $number): string {
        return (string)round($number, 1);
    }
}
