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

namespace local_bangkom\external;

use local_bangkom\{batch, courses, people};

/**
 * What taking a seat away and suspending it have in common: a seat that is not there needs nothing done.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class seats extends action {
    /** @var string[] Codes that don't say that there is no seat. */
    private const UNCLEAR = ['lms.not_allowed', 'lms.course_conflict', 'lms.user_conflict'];

    /**
     * Do it to one seat.
     *
     * @param \enrol_plugin $plugin
     * @param \stdClass $method
     * @param int $userid
     */
    abstract protected static function change(\enrol_plugin $plugin, \stdClass $method, int $userid): void;

    /**
     * Change seats.
     *
     * @param string $rows key, course, nip
     * @return array
     */
    public static function execute(string $rows): array {
        return self::answer($rows, ['course', 'nip'], static::change_all(...));
    }

    /**
     * Change the seats that are there. A method that was hidden still has its seats.
     *
     * @param array $rows by key
     * @return array [result, code] by key
     */
    private static function change_all(array $rows): array {
        global $DB;
        $courses = courses::find(array_map('trim', array_column($rows, 'course')));
        $allowed = self::allowed($courses, 'enrol/bangkom:enrol', 'id');
        $users = people::find(array_column($rows, 'nip'));
        $ids = array_column(array_filter($courses, 'is_object'), 'id');
        [$in, $params] = $DB->get_in_or_equal($ids ?: [0]);
        $methods = array_column($DB->get_records_select('enrol', "enrol = 'bangkom' AND courseid $in", $params), null, 'courseid');
        $plugin = enrol_get_plugin('bangkom');
        $answers = [];
        foreach ($rows as $key => $row) {
            $course = $allowed[trim($row['course'])];
            $user = $users[trim($row['nip'])];
            $unclear = array_intersect(array_filter([$course, $user], 'is_string'), self::UNCLEAR);
            if ($unclear) {
                $answers[$key] = ['refused', reset($unclear)];
                continue;
            }
            if (is_object($course) && is_object($user) && isset($methods[$course->id])) {
                static::change($plugin, $methods[$course->id], (int)$user->id);
            }
            $answers[$key] = batch::DONE;
        }
        return $answers;
    }
}
