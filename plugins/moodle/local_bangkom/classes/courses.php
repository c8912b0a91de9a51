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
 * The courses that Bangkom has to do with: those with its enrolment method.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class courses {
    /** @var bool[] Courses that lost the method in this very process, by id. */
    private static array $left = [];

    /**
     * Whether facts of a course are told. One look into a cache, no query.
     *
     * @param int $courseid
     * @return bool
     */
    public static function concern(int $courseid): bool {
        return isset(self::all()[$courseid]);
    }

    /**
     * Whether a course was Bangkom's when this process began to delete it.
     *
     * @param int $courseid
     * @return bool
     */
    public static function concerned(int $courseid): bool {
        return isset(self::$left[$courseid]) || self::concern($courseid);
    }

    /**
     * A method was added, changed or deleted somewhere: look anew next time.
     *
     * @param \core\event\base $event
     */
    public static function changed(\core\event\base $event): void {
        if (($event->other['enrol'] ?? '') === 'bangkom') {
            self::cache()->delete('all');
            if ($event instanceof \core\event\enrol_instance_deleted) {
                self::$left[$event->courseid] = true;
            }
        }
    }

    /**
     * Look anew next time.
     */
    public static function forget(): void {
        self::cache()->delete('all');
    }

    /**
     * The instances of the method in courses, by the courses' names outside.
     *
     * @param string[] $names
     * @return array name => instance, or the code that says why there is none
     */
    public static function methods(array $names): array {
        global $DB;
        $courses = self::find($names);
        $ids = array_column(array_filter($courses, 'is_object'), 'id');
        $instances = [];
        if ($ids && enrol_is_enabled('bangkom')) {
            [$in, $params] = $DB->get_in_or_equal($ids);
            $where = "enrol = 'bangkom' AND status = " . ENROL_INSTANCE_ENABLED . " AND courseid $in";
            $instances = array_column($DB->get_records_select('enrol', $where, $params), null, 'courseid');
        }
        foreach ($courses as $name => $course) {
            if (is_object($course)) {
                $courses[$name] = $instances[$course->id] ?? 'lms.no_method';
            }
        }
        return $courses;
    }

    /**
     * Courses by their names outside: the ID number, else the short name of a course without one.
     *
     * @param string[] $names
     * @return array name => course (id, category, fullname), or the code that says why there is none
     */
    public static function find(array $names): array {
        global $DB;
        $names = array_values(array_unique($names));
        if (!$names) {
            return [];
        }
        [$in, $params] = $DB->get_in_or_equal($names, SQL_PARAMS_NAMED, 'a');
        [$orin, $more] = $DB->get_in_or_equal($names, SQL_PARAMS_NAMED, 'b');
        $where = "id <> :site AND (idnumber $in OR (idnumber = '' AND shortname $orin))";
        $rows = $DB->get_records_select('course', $where, $params + $more + ['site' => SITEID], 'id');
        $found = array_fill_keys($names, 'lms.unknown_course');
        foreach ($rows as $row) {
            $name = fact::course((array)$row);
            $found[$name] = is_object($found[$name] ?? null) ? 'lms.course_conflict' : $row;
        }
        return array_intersect_key($found, array_flip($names));
    }

    /**
     * The ids of the courses with the method.
     *
     * @return bool[] by id
     */
    private static function all(): array {
        global $DB;
        $all = self::cache()->get('all');
        if ($all === false) {
            $ids = $DB->get_fieldset_select('enrol', 'courseid', "enrol = 'bangkom' AND status = 0");
            $all = array_fill_keys($ids, true);
            self::cache()->set('all', $all);
        }
        return $all;
    }

    /**
     * The cache of the courses.
     *
     * @return \core_cache\cache
     */
    private static function cache() {
        return \cache::make('local_bangkom', 'courses');
    }
}
