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

namespace local_bangkom;

/**
 * Says in words how a call to the bridge went, and what to do about it.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class diagnosis {
    /** @var string[] What an answer means, by its code. */
    private const KEYS = [
        'unset' => 'unset',
        'blocked' => 'blocked',
        'unreachable' => 'unreachable',
        'lms.bad_signature' => 'bad_signature',
        'lms.late' => 'late',
        'lms.replayed' => 'replayed',
    ];

    /**
     * The string that says it.
     *
     * @param answer $answer
     * @return string a string of this plugin
     */
    public static function key(answer $answer): string {
        if ($answer->ok()) {
            return isset($answer->body['site']) ? 'diagnosis_ok' : 'diagnosis_address';
        }
        return 'diagnosis_' . (self::KEYS[$answer->code()] ?? match (true) {
            $answer->status >= 300 && $answer->status < 400 => 'redirect',
            in_array($answer->status, [404, 405], true) => 'address',
            $answer->status === 429 || $answer->status >= 500 => 'busy',
            default => 'other',
        });
    }

    /**
     * Ask the bridge who this site is.
     *
     * @param bridge $bridge
     * @return answer
     */
    public static function hello(bridge $bridge): answer {
        global $CFG;
        return $bridge->call('/site/hello', json_encode([
            'plugin' => 'local_bangkom',
            'version' => (string)get_config('local_bangkom', 'version'),
            'lms' => 'moodle ' . preg_replace('/[^0-9.].*$/', '', $CFG->release),
            'time' => time(),
        ]), 10000);
    }

    /**
     * The words.
     *
     * @param answer $answer
     * @return string
     */
    public static function words(answer $answer): string {
        $late = isset($answer->body['time']) ? (int)(strtotime((string)$answer->body['time']) ?: $answer->body['time']) : 0;
        return get_string(self::key($answer), 'local_bangkom', [
            'site' => (string)($answer->body['site'] ?? ''),
            'name' => (string)($answer->body['name'] ?? ''),
            'skew' => (int)($answer->body['skew'] ?? 0),
            'late' => $late ? time() - $late : 0,
            'status' => $answer->status,
            'code' => $answer->code(),
            'errno' => (int)($answer->body['errno'] ?? 0),
        ]);
    }
}
