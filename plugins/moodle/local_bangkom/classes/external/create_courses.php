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

use local_bangkom\{batch, courses};

/**
 * Makes the shell of a course: empty, visible, with completion and the enrolment method.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class create_courses extends action {
    /**
     * Create.
     *
     * @param string $rows key, course, name, and where wanted category (its ID number, else its name)
     * @return array
     */
    public static function execute(string $rows): array {
        return self::answer($rows, ['course', 'name'], self::create(...));
    }

    /**
     * Create those that are not there; give all the enrolment method.
     *
     * @param array $rows by key
     * @return array [result, code] by key
     */
    private static function create(array $rows): array {
        global $CFG;
        require_once($CFG->dirroot . '/course/lib.php');
        $courses = courses::find(array_map('trim', array_column($rows, 'course')));
        $answers = [];
        foreach ($rows as $key => $row) {
            $name = trim($row['course']);
            if ($courses[$name] === 'lms.unknown_course') {
                $courses[$name] = self::make($name, $row);
            }
            if (is_string($courses[$name])) {
                $answers[$key] = ['refused', $courses[$name]];
                continue;
            }
            enrol_get_plugin('bangkom')->add_instance($courses[$name]);
            courses::forget();
            $answers[$key] = batch::DONE;
        }
        return $answers;
    }

    /**
     * Make one.
     *
     * @param string $name the course's name outside
     * @param array $row
     * @return \stdClass|string course or code
     */
    private static function make(string $name, array $row) {
        global $DB;
        $category = self::category(trim((string)($row['category'] ?? '')));
        if (!$category) {
            return 'lms.unknown_category';
        }
        if (!has_capability('moodle/course:create', $category->get_context())) {
            return 'lms.not_allowed';
        }
        $fullname = \core_text::substr(clean_param(trim($row['name']), PARAM_TEXT), 0, 254);
        if ($fullname === '' || $name !== clean_param($name, PARAM_TEXT) || \core_text::strlen($name) > 100) {
            return 'lms.bad_row';
        }
        if ($DB->record_exists('course', ['shortname' => $name])) {
            return 'lms.course_conflict';
        }
        return create_course((object)[
            'fullname' => $fullname,
            'shortname' => $name,
            'idnumber' => $name,
            'category' => $category->id,
            'visible' => 1,
            'enablecompletion' => 1,
            'format' => 'topics',
            'numsections' => 1,
            'summary' => '',
            'summaryformat' => FORMAT_HTML,
            'startdate' => usergetmidnight(time()),
        ]);
    }

    /**
     * The category of this ID number, else of this name, else Moodle's first.
     *
     * @param string $name
     * @return \core_course_category|null
     */
    private static function category(string $name): ?\core_course_category {
        global $DB;
        if ($name === '') {
            return \core_course_category::get_default();
        }
        $id = $DB->get_field('course_categories', 'MIN(id)', ['idnumber' => $name])
            ?: $DB->get_field('course_categories', 'MIN(id)', ['name' => $name]);
        return $id ? \core_course_category::get($id, IGNORE_MISSING, true) : null;
    }
}
