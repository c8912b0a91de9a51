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

use core_external\{external_multiple_structure, external_single_structure, external_value};
use local_bangkom\{fact, reporter};

/**
 * What people have completed in a course. People without a NIP are left out.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class read_completion extends page {
    /**
     * One person.
     *
     * @return external_single_structure
     */
    protected static function item(): external_single_structure {
        return new external_single_structure([
            'id' => new external_value(PARAM_INT, 'The id of the account'),
            'nip' => new external_value(PARAM_RAW, 'The NIP'),
            'completed_at' => new external_value(PARAM_INT, 'When the course was completed, 0 for not yet'),
            'modules' => new external_multiple_structure(new external_single_structure([
                'module' => new external_value(PARAM_RAW, 'The ID number of the module, else its name'),
                'completed_at' => new external_value(PARAM_INT, 'When it was completed'),
                'score' => new external_value(PARAM_INT, 'From 0 to 100', VALUE_REQUIRED, null, NULL_ALLOWED),
            ])),
        ]);
    }

    /**
     * The people of the course after an id.
     *
     * @param \stdClass $course
     * @param int $after
     * @param int $limit
     * @return array
     */
    protected static function items(\stdClass $course, int $after, int $limit): array {
        global $DB;
        $sql = "SELECT u.id, u.idnumber
                  FROM {user} u
                 WHERE u.id > :after AND u.deleted = 0 AND u.idnumber <> '' AND EXISTS (
                       SELECT 1
                         FROM {user_enrolments} ue
                         JOIN {enrol} e ON e.id = ue.enrolid
                        WHERE ue.userid = u.id AND e.courseid = :course)
              ORDER BY u.id";
        $people = $DB->get_records_sql_menu($sql, ['course' => $course->id, 'after' => $after], 0, $limit);
        if (!$people) {
            return [];
        }
        [$in, $params] = $DB->get_in_or_equal(array_keys($people), SQL_PARAMS_NAMED);
        $params['course'] = $course->id;
        $where = "course = :course AND timecompleted IS NOT NULL AND userid $in";
        $completed = $DB->get_records_select_menu('course_completions', $where, $params, '', 'userid, timecompleted');
        $modules = self::modules($course, $in, $params);
        $items = [];
        foreach ($people as $id => $nip) {
            $items[] = [
                'id' => (int)$id,
                'nip' => $nip,
                'completed_at' => (int)($completed[$id] ?? 0),
                'modules' => $modules[$id] ?? [],
            ];
        }
        return $items;
    }

    /**
     * The modules that people completed.
     *
     * @param \stdClass $course
     * @param string $in SQL that names the people
     * @param array $params
     * @return array of arrays of modules, by person
     */
    private static function modules(\stdClass $course, string $in, array $params): array {
        global $DB;
        $sql = "SELECT cmc.id, cmc.userid, cmc.coursemoduleid, cmc.timemodified, gg.finalgrade, gi.grademin, gi.grademax
                  FROM {course_modules_completion} cmc
                  JOIN {course_modules} cm ON cm.id = cmc.coursemoduleid
                  JOIN {modules} m ON m.id = cm.module
             LEFT JOIN {grade_items} gi ON gi.courseid = cm.course AND gi.itemtype = 'mod' AND gi.itemmodule = m.name
                       AND gi.iteminstance = cm.instance AND gi.itemnumber = 0
             LEFT JOIN {grade_grades} gg ON gg.itemid = gi.id AND gg.userid = cmc.userid
                 WHERE cm.course = :course AND cmc.completionstate IN (1, 2) AND cmc.userid $in
              ORDER BY cmc.id";
        $cms = get_fast_modinfo($course->id)->cms;
        $modules = [];
        foreach ($DB->get_records_sql($sql, $params) as $row) {
            if (isset($cms[$row->coursemoduleid])) {
                $cm = $cms[$row->coursemoduleid];
                $score = reporter::of_a_hundred($row);
                $modules[$row->userid][] = [
                    'module' => fact::module(['idnumber' => $cm->idnumber, 'name' => $cm->name]),
                    'completed_at' => (int)$row->timemodified,
                    'score' => $score === null ? null : (int)max(0, min(100, round($score))),
                ];
            }
        }
        return $modules;
    }
}
