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
 * Gathers what a fact needs from Moodle and keeps the fact in the outbox. Says nothing about what Bangkom did itself, about courses
 * without its enrolment method, and about people without a NIP.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class reporter {
    /** @var string[] Events about what an account is, not about what it does in a course. */
    private const ABOUT_USERS = ['\core\event\user_updated', '\core\event\user_deleted'];

    /** @var bool[] People whose seat was taken in this very process, by id: an account loses its seats before it goes. */
    private static array $left = [];

    /**
     * Report an event.
     *
     * @param \core\event\base $event
     */
    public static function report(\core\event\base $event): void {
        global $DB;
        if (doing::is_ours() || !self::concerns($event) || !get_config('local_bangkom', 'bridgeurl')) {
            return;
        }
        if ($event instanceof \core\event\course_module_viewed) {
            self::opened($event);
            return;
        }
        if ($event instanceof \mod_quiz\event\question_manually_graded) {
            // Many questions of one attempt are graded in one go; a score is told once.
            $userid = (int)$DB->get_field('quiz_attempts', 'userid', ['id' => $event->other['attemptid']]);
            self::keep($event, $userid, true);
            return;
        }
        self::keep($event, (int)$event->relateduserid);
    }

    /**
     * Whether the event is of a course or a person that Bangkom has to do with.
     *
     * @param \core\event\base $event
     * @return bool
     */
    private static function concerns(\core\event\base $event): bool {
        global $DB;
        if ($event instanceof \core\event\user_enrolment_deleted && $event->other['enrol'] === 'bangkom') {
            self::$left[$event->relateduserid] = true;
        }
        if (in_array($event->eventname, self::ABOUT_USERS, true)) {
            $sql = "SELECT 1
                      FROM {user_enrolments} ue
                      JOIN {enrol} e ON e.id = ue.enrolid
                     WHERE ue.userid = ? AND e.enrol = 'bangkom'";
            return isset(self::$left[$event->objectid]) || $DB->record_exists_sql($sql, [$event->objectid]);
        }
        $courseid = (int)$event->courseid ?: (int)$event->objectid;
        return $event instanceof \core\event\course_deleted ? courses::concerned($courseid) : courses::concern($courseid);
    }

    /**
     * Somebody opened a module: kept once a day. The session remembers, so that a page seen again costs nothing more.
     *
     * @param \core\event\base $event
     */
    private static function opened(\core\event\base $event): void {
        if (!isloggedin() || isguestuser() || \core\session\manager::is_loggedinas()) {
            return;
        }
        $seen = \cache::make('local_bangkom', 'opened');
        $key = $event->contextinstanceid . '_' . gmdate('Ymd', $event->timecreated);
        if (!$seen->get($key)) {
            $seen->set($key, 1);
            self::keep($event, (int)$event->userid, true);
        }
    }

    /**
     * Make the fact and keep it.
     *
     * @param \core\event\base $event
     * @param int $userid whom it is about, 0 for nobody
     * @param bool $once only where no fact of its id was kept before
     */
    private static function keep(\core\event\base $event, int $userid, bool $once = false): void {
        $about = self::about($event, $userid);
        $fact = $about === null ? null : fact::from($event->get_data(), $about);
        if ($fact && !($once && outbox::has($fact['id']))) {
            outbox::put($fact, $userid);
        }
    }

    /**
     * What an event is about.
     *
     * @param \core\event\base $event
     * @param int $userid
     * @return array|null null where it is gone
     */
    private static function about(\core\event\base $event, int $userid): ?array {
        global $CFG, $DB;
        $about = ['site' => $CFG->wwwroot];
        if ($event instanceof \core\event\user_deleted) {
            $gone = ['suspended' => $event->get_record_snapshot('user', $event->objectid)->suspended, 'deleted' => 1];
            return $about + ['nip' => $event->other['idnumber'], 'user' => $gone];
        }
        if ($event instanceof \core\event\course_deleted) {
            return $about + ['course' => ['deleted' => 1] + (array)$event->get_record_snapshot('course', $event->objectid)];
        }
        if ($event instanceof \core\event\course_updated) {
            return $about + ['course' => (array)$DB->get_record('course', ['id' => $event->objectid])];
        }
        $user = self::user($userid);
        $about += ['nip' => $user->idnumber ?? '', 'user' => (array)$user];
        if (trim($about['nip']) === '') {
            return null;
        }
        if ($event->courseid) {
            $about['course'] = (array)get_course($event->courseid);
        }
        return $event->contextlevel == CONTEXT_MODULE ? self::about_module($event, $userid, $about) : $about;
    }

    /**
     * The account of a person.
     *
     * @param int $userid
     * @return \stdClass|null
     */
    private static function user(int $userid): ?\stdClass {
        global $DB, $USER;
        if ($userid == $USER->id && !isguestuser() && isset($USER->idnumber)) {
            return $USER;
        }
        return $DB->get_record('user', ['id' => $userid], 'id, idnumber, suspended, deleted') ?: null;
    }

    /**
     * What an event in a module is about.
     *
     * @param \core\event\base $event
     * @param int $userid
     * @param array $about what is known already
     * @return array|null null where the module is gone
     */
    private static function about_module(\core\event\base $event, int $userid, array $about): ?array {
        $cm = get_fast_modinfo($event->courseid)->cms[$event->contextinstanceid] ?? null;
        if (!$cm) {
            return null;
        }
        $about['module'] = ['idnumber' => $cm->idnumber, 'name' => $cm->name];
        $kind = fact::kind($event->eventname);
        if ($kind === 'quiz_attempted') {
            $about['score'] = self::score_of_attempt($event);
        } else if ($kind === 'module_completed') {
            $about['score'] = self::score_in_module($cm, $userid);
        }
        return $about;
    }

    /**
     * The score of an attempt at a quiz.
     *
     * @param \core\event\base $event
     * @return float|null of a hundred; null where nobody has graded it yet, or it was a preview
     */
    private static function score_of_attempt(\core\event\base $event): ?float {
        global $DB;
        $id = $event->other['attemptid'] ?? $event->objectid;
        $attempt = $DB->get_record('quiz_attempts', ['id' => $id], 'quiz, uniqueid, sumgrades, preview');
        if (!$attempt || $attempt->preview) {
            return null;
        }
        $sum = $attempt->sumgrades;
        if ($event instanceof \mod_quiz\event\attempt_regraded) {
            // The event comes before the sum is written anew.
            $sum = \question_engine::load_questions_usage_by_activity($attempt->uniqueid)->get_total_mark();
        }
        $most = (float)$DB->get_field('quiz', 'sumgrades', ['id' => $attempt->quiz]);
        return $sum !== null && $most > 0 ? 100 * $sum / $most : null;
    }

    /**
     * The grade that a person has in a module.
     *
     * @param \cm_info $cm
     * @param int $userid
     * @return float|null of a hundred; null where there is none
     */
    private static function score_in_module(\cm_info $cm, int $userid): ?float {
        global $DB;
        if (!plugin_supports('mod', $cm->modname, FEATURE_GRADE_HAS_GRADE, false)) {
            return null;
        }
        $sql = "SELECT gg.id, gg.finalgrade, gi.grademin, gi.grademax
                  FROM {grade_items} gi
                  JOIN {grade_grades} gg ON gg.itemid = gi.id AND gg.userid = :userid
                 WHERE gi.courseid = :course AND gi.itemtype = 'mod' AND gi.itemmodule = :module
                       AND gi.iteminstance = :instance AND gi.itemnumber = 0";
        $params = ['userid' => $userid, 'course' => $cm->course, 'module' => $cm->modname, 'instance' => $cm->instance];
        return self::of_a_hundred($DB->get_record_sql($sql, $params) ?: null);
    }

    /**
     * A grade on a scale from 0 to 100.
     *
     * @param \stdClass|null $grade with finalgrade, grademin and grademax
     * @return float|null
     */
    public static function of_a_hundred(?\stdClass $grade): ?float {
        if (!$grade || $grade->finalgrade === null || $grade->grademax <= $grade->grademin) {
            return null;
        }
        return 100 * ($grade->finalgrade - $grade->grademin) / ($grade->grademax - $grade->grademin);
    }
}
