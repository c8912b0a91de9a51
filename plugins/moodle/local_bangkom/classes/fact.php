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
 * Makes the fact that is told to Bangkom of a Moodle event: arrays in, an array out, nothing of Moodle is asked.
 *
 * Its cases are the folder golden/facts of the source, which the reader in the bridge is tested with, too.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class fact {
    /** @var string[] What an event says, by its name. */
    private const TYPES = [
        '\core\event\course_completed' => 'course_completed',
        '\core\event\course_module_completion_updated' => 'module_completed',
        '\mod_quiz\event\attempt_submitted' => 'quiz_attempted',
        '\mod_quiz\event\attempt_graded' => 'quiz_attempted',
        '\mod_quiz\event\question_manually_graded' => 'quiz_attempted',
        '\mod_quiz\event\attempt_regraded' => 'quiz_attempted',
        '\mod_feedback\event\response_submitted' => 'feedback_submitted',
        '\core\event\user_enrolment_created' => 'enrolled',
        '\core\event\user_enrolment_deleted' => 'removed',
        '\core\event\user_updated' => 'user_changed',
        '\core\event\user_deleted' => 'user_changed',
        '\core\event\course_updated' => 'course_changed',
        '\core\event\course_deleted' => 'course_changed',
    ];

    /** @var string How the names of the events end that say that somebody opened a module. */
    private const OPENED = '\event\course_module_viewed';

    /** @var int[] The completion states that count: complete, and complete with a pass. */
    private const COMPLETE = [1, 2];

    /**
     * The kind of fact that an event becomes.
     *
     * @param string $eventname with a backslash before it
     * @return string '' where it says nothing
     */
    public static function kind(string $eventname): string {
        return self::TYPES[$eventname] ?? (str_ends_with($eventname, self::OPENED) ? 'module_opened' : '');
    }

    /**
     * The fact, a CloudEvent.
     *
     * @param array $event what an event's get_data() gives
     * @param array $about what it is about: site (its address), nip, course (a row), module (idnumber, name), user (suspended,
     *     deleted), score (0..100 or null)
     * @return array|null null where there is nothing to say
     */
    public static function from(array $event, array $about): ?array {
        $kind = self::kind($event['eventname']);
        $data = $kind === '' ? null : self::$kind($event, $about);
        if ($data === null) {
            return null;
        }
        $fact = [
            'specversion' => '1.0',
            'id' => implode(':', $data['id']),
            'source' => $about['site'],
            'type' => 'lms.' . $kind,
        ];
        if ($kind !== 'course_changed') {
            $nip = self::nip($about);
            if ($nip === '') {
                return null;
            }
            $fact['subject'] = $nip;
        }
        unset($data['id']);
        return $fact + ['time' => gmdate('Y-m-d\TH:i:s\Z', $event['timecreated']), 'data' => $data];
    }

    /**
     * The name by which a course is known outside: its ID number, else its short name.
     *
     * @param array $course a row
     * @return string
     */
    public static function course(array $course): string {
        return trim($course['idnumber'] ?? '') ?: trim($course['shortname']);
    }

    /**
     * The name by which a module is known outside: its ID number, else its name.
     *
     * @param array $module
     * @return string
     */
    public static function module(array $module): string {
        return trim($module['idnumber'] ?? '') ?: trim($module['name']);
    }

    /**
     * The NIP of the person; an ID number with a space in it is none.
     *
     * @param array $about
     * @return string
     */
    private static function nip(array $about): string {
        $nip = trim($about['nip'] ?? '');
        return preg_match('/^\S{1,64}$/', $nip) ? $nip : '';
    }

    /**
     * Somebody completed the course.
     *
     * @param array $event
     * @param array $about
     * @return array
     */
    private static function course_completed(array $event, array $about): array {
        return [
            'id' => ['course-completed', $event['courseid'], $event['relateduserid'], $event['timecreated']],
            'course' => self::course($about['course']),
        ];
    }

    /**
     * Somebody opened a module: said once a day.
     *
     * @param array $event
     * @param array $about
     * @return array
     */
    private static function module_opened(array $event, array $about): array {
        $day = gmdate('Ymd', $event['timecreated']);
        return ['id' => ['opened', $event['contextinstanceid'], $event['userid'], $day]] + self::place($about);
    }

    /**
     * Somebody completed a module; a completion that is taken back, or failed, says nothing.
     *
     * @param array $event
     * @param array $about
     * @return array|null
     */
    private static function module_completed(array $event, array $about): ?array {
        if (!in_array((int)($event['other']['completionstate'] ?? 0), self::COMPLETE, true)) {
            return null;
        }
        $id = ['module-completed', $event['contextinstanceid'], $event['relateduserid'], $event['timecreated']];
        return ['id' => $id] + self::place($about) + self::score($about);
    }

    /**
     * Somebody finished an attempt at a quiz. One that a person still has to grade says nothing until then.
     *
     * @param array $event
     * @param array $about
     * @return array|null
     */
    private static function quiz_attempted(array $event, array $about): ?array {
        $score = self::score($about);
        if (!$score) {
            return null;
        }
        // The questions of an attempt are graded one after the other, perhaps within a second; the last score is the one.
        $attempt = $event['other']['attemptid'] ?? $event['objectid'];
        $id = ['attempt', $attempt, $event['timecreated'], $score['score']];
        return ['id' => $id] + self::place($about) + $score;
    }

    /**
     * Somebody answered a feedback; who answered anonymously is not named.
     *
     * @param array $event
     * @param array $about
     * @return array|null
     */
    private static function feedback_submitted(array $event, array $about): ?array {
        return empty($event['anonymous']) ? ['id' => ['feedback', $event['objectid']]] + self::place($about) : null;
    }

    /**
     * Somebody was enrolled outside Bangkom.
     *
     * @param array $event
     * @param array $about
     * @return array
     */
    private static function enrolled(array $event, array $about): array {
        $id = ['enrolled', $event['objectid'], $event['timecreated']];
        return ['id' => $id, 'course' => self::course($about['course'])];
    }

    /**
     * Somebody lost a seat that Bangkom gave, or the last enrolment in the course.
     *
     * @param array $event
     * @param array $about
     * @return array|null
     */
    private static function removed(array $event, array $about): ?array {
        $other = $event['other'];
        if ($other['enrol'] !== 'bangkom' && empty($other['userenrolment']['lastenrol'])) {
            return null;
        }
        $id = ['removed', $event['objectid'], $event['timecreated']];
        return ['id' => $id, 'course' => self::course($about['course'])];
    }

    /**
     * An account was changed, suspended or deleted.
     *
     * @param array $event
     * @param array $about
     * @return array
     */
    private static function user_changed(array $event, array $about): array {
        $suspended = !empty($about['user']['suspended']);
        $deleted = !empty($about['user']['deleted']);
        $state = (int)$suspended . (int)$deleted;
        return [
            'id' => ['user', $event['objectid'], $event['timecreated'], $state],
            'nip' => self::nip($about),
            'suspended' => $suspended,
            'deleted' => $deleted,
        ];
    }

    /**
     * A course was renamed, shown, hidden or deleted.
     *
     * @param array $event
     * @param array $about
     * @return array
     */
    private static function course_changed(array $event, array $about): array {
        $visible = !empty($about['course']['visible']);
        $deleted = !empty($about['course']['deleted']);
        $state = (int)$visible . (int)$deleted;
        return [
            'id' => ['course', $event['objectid'], $event['timecreated'], $state],
            'course' => self::course($about['course']),
            'name' => $about['course']['fullname'],
            'visible' => $visible,
            'deleted' => $deleted,
        ];
    }

    /**
     * Which course, which module.
     *
     * @param array $about
     * @return array
     */
    private static function place(array $about): array {
        return ['course' => self::course($about['course']), 'module' => self::module($about['module'])];
    }

    /**
     * The score, where there is one: a whole number from 0 to 100.
     *
     * @param array $about
     * @return array
     */
    private static function score(array $about): array {
        $score = $about['score'] ?? null;
        return $score === null ? [] : ['score' => (int)max(0, min(100, round($score)))];
    }
}
