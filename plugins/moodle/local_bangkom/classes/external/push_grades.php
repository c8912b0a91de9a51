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
 * Writes grades into the gradebook, in an item of their own.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class push_grades extends action {
    /**
     * Push.
     *
     * @param string $rows key, course, nip, item, grade (0..100)
     * @return array
     */
    public static function execute(string $rows): array {
        return self::answer($rows, ['course', 'nip', 'item'], self::push(...));
    }

    /**
     * Push those of people who are in the course.
     *
     * @param array $rows by key
     * @return array [result, code] by key
     */
    private static function push(array $rows): array {
        global $CFG;
        require_once($CFG->libdir . '/gradelib.php');
        $courses = courses::find(array_map('trim', array_column($rows, 'course')));
        $courses = self::allowed($courses, 'moodle/grade:edit', 'id');
        $users = people::find(array_column($rows, 'nip'));
        $items = [];
        $answers = [];
        foreach ($rows as $key => $row) {
            $course = $courses[trim($row['course'])];
            $user = $users[trim($row['nip'])];
            $code = is_string($course) ? $course : (is_string($user) ? $user : self::unfit($row, $course, $user));
            if ($code !== '') {
                $answers[$key] = ['refused', $code];
                continue;
            }
            $name = \core_text::substr(clean_param(trim($row['item']), PARAM_TEXT), 0, 255);
            $item = $items[$course->id][$name] ??= self::item($course->id, $name);
            $grade = $item->grademin + $row['grade'] / 100 * ($item->grademax - $item->grademin);
            $written = $item->update_final_grade($user->id, $grade, 'local/bangkom');
            $answers[$key] = $written ? batch::DONE : ['failed', 'lms.grade_not_written'];
        }
        return $answers;
    }

    /**
     * Why a grade can't be written, '' where it can.
     *
     * @param array $row
     * @param \stdClass $course
     * @param \stdClass $user
     * @return string
     */
    private static function unfit(array $row, \stdClass $course, \stdClass $user): string {
        $grade = $row['grade'] ?? null;
        if (!(is_int($grade) || is_float($grade)) || $grade < 0 || $grade > 100) {
            return 'lms.bad_row';
        }
        return is_enrolled(\context_course::instance($course->id), $user->id) ? '' : 'lms.not_enrolled';
    }

    /**
     * The item of this name, made where there is none.
     *
     * @param int $courseid
     * @param string $name
     * @return \grade_item
     */
    private static function item(int $courseid, string $name): \grade_item {
        $what = ['courseid' => $courseid, 'itemtype' => 'manual', 'itemname' => $name];
        $found = \grade_item::fetch_all($what);
        if ($found) {
            return reset($found);
        }
        $item = new \grade_item($what + ['gradetype' => GRADE_TYPE_VALUE, 'grademin' => 0, 'grademax' => 100], false);
        $item->insert('local/bangkom');
        return $item;
    }
}
