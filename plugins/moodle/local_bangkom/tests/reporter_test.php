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

#[\PHPUnit\Framework\Attributes\CoversClass(reporter::class)]
/**
 * Tests of what is written down of what happens here.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\reporter
 */
final class reporter_test extends \advanced_testcase {
    /** @var \stdClass A course with the method. */
    private \stdClass $course;

    /** @var \stdClass Somebody with a NIP and a seat in it. */
    private \stdClass $user;

    /**
     * A course, a seat, and a bridge to tell.
     */
    protected function setUp(): void {
        global $DB;
        parent::setUp();
        $this->resetAfterTest();
        set_config('bridgeurl', 'https://bridge.example', 'local_bangkom');
        $generator = $this->getDataGenerator();
        $this->course = $generator->create_course(['idnumber' => 'PKA', 'enablecompletion' => 1]);
        $plugin = enrol_get_plugin('bangkom');
        $instance = $DB->get_record('enrol', ['id' => $plugin->add_instance($this->course)]);
        $this->user = $generator->create_user(['idnumber' => '198703122010012004']);
        doing::ours(fn() => $plugin->enrol_user($instance, $this->user->id, $instance->roleid));
    }

    /**
     * The facts that wait: type without lms., and data.
     *
     * @return array
     */
    private function facts(): array {
        global $DB;
        $rows = $DB->get_records(outbox::TABLE, [], 'id');
        return array_values(array_map(function ($row) {
            $fact = json_decode($row->body, true);
            return [substr($fact['type'], 4), $fact['subject'] ?? ''] + ['data' => $fact['data']];
        }, $rows));
    }

    /**
     * The types alone.
     *
     * @return string[]
     */
    private function types(): array {
        return array_column($this->facts(), 0);
    }

    /**
     * The scores alone.
     *
     * @return int[]
     */
    private function scores(): array {
        return array_column(array_column($this->facts(), 'data'), 'score');
    }

    /**
     * The person opens a page.
     *
     * @param \stdClass $page
     */
    private function open(\stdClass $page): void {
        $context = \context_module::instance($page->cmid);
        \mod_page\event\course_module_viewed::create(['objectid' => $page->id, 'context' => $context])->trigger();
    }

    /**
     * A module that is opened is told once a day.
     */
    public function test_opening_a_module_is_told_once(): void {
        $page = $this->getDataGenerator()->create_module('page', ['course' => $this->course, 'idnumber' => 'M1']);
        $this->setUser($this->user);
        $this->open($page);
        $this->open($page);
        \cache::make('local_bangkom', 'opened')->purge();
        $this->open($page);
        $told = ['module_opened', '198703122010012004', 'data' => ['course' => 'PKA', 'module' => 'M1']];
        self::assertSame([$told], $this->facts());
    }

    /**
     * A page that was seen before costs no query.
     */
    public function test_opening_a_module_again_costs_no_query(): void {
        global $DB;
        $page = $this->getDataGenerator()->create_module('page', ['course' => $this->course, 'idnumber' => 'M1']);
        $this->setUser($this->user);
        $context = \context_module::instance($page->cmid);
        $event = \mod_page\event\course_module_viewed::create(['objectid' => $page->id, 'context' => $context]);
        observer::any($event);
        $before = $DB->perf_get_queries();
        observer::any($event);
        self::assertSame($before, $DB->perf_get_queries());
    }

    /**
     * Who has no NIP, guests, courses without the method, and a site without a bridge: nothing is written down.
     */
    public function test_what_is_not_bangkoms_is_not_written_down(): void {
        $generator = $this->getDataGenerator();
        $other = $generator->create_module('page', ['course' => $generator->create_course()]);
        $page = $generator->create_module('page', ['course' => $this->course]);
        $this->setUser($this->user);
        $this->open($other);
        $this->setUser($generator->create_user(['idnumber' => '']));
        $this->open($page);
        $this->setGuestUser();
        $this->open($page);
        $this->setAdminUser();
        $this->open($page);
        set_config('bridgeurl', '', 'local_bangkom');
        $this->setUser($this->user);
        $this->open($page);
        self::assertSame([], $this->facts());
    }

    /**
     * Completions, with the score that there is.
     */
    public function test_completions_are_told(): void {
        $generator = $this->getDataGenerator();
        $quiz = $generator->create_module('quiz', ['course' => $this->course, 'name' => 'Kuis', 'completion' => 1, 'grade' => 50]);
        quiz_grade_item_update($quiz, (object)['userid' => $this->user->id, 'rawgrade' => 40]);
        $cm = get_coursemodule_from_id('quiz', $quiz->cmid);
        $completion = new \completion_info($this->course);
        $completion->update_state($cm, COMPLETION_COMPLETE, $this->user->id);
        $completion->update_state($cm, COMPLETION_INCOMPLETE, $this->user->id);
        (new \completion_completion(['course' => $this->course->id, 'userid' => $this->user->id]))->mark_complete();
        [$module, $course] = $this->facts();
        self::assertSame(['course' => 'PKA', 'module' => 'Kuis', 'score' => 80], $module['data']);
        self::assertSame(['course' => 'PKA'], $course['data']);
        self::assertSame(['module_completed', 'course_completed'], $this->types());
    }

    /**
     * An attempt at a quiz, with its score; a second one graded by hand.
     */
    public function test_a_quiz_attempt_is_told_with_its_score(): void {
        $generator = $this->getDataGenerator();
        $quiz = $generator->create_module('quiz', ['course' => $this->course, 'name' => 'Kuis', 'grade' => 100, 'sumgrades' => 2]);
        $questions = $generator->get_plugin_generator('core_question');
        $category = $questions->create_question_category();
        foreach (['a', 'b'] as $name) {
            $made = $questions->create_question('truefalse', null, ['category' => $category->id, 'name' => $name]);
            quiz_add_quiz_question($made->id, $quiz);
        }
        $this->setUser($this->user);
        $attempt = $generator->get_plugin_generator('mod_quiz')->create_attempt($quiz->id, $this->user->id);
        $attempt = \mod_quiz\quiz_attempt::create($attempt->id);
        $attempt->process_submitted_actions(time(), false, [1 => ['answer' => '1'], 2 => ['answer' => '0']]);
        if (method_exists($attempt, 'process_submit')) {
            $attempt->process_submit(time(), false);
            $attempt->process_grade_submission(time());
        } else {
            $attempt->process_finish(time(), false);
        }
        $told = array_values(array_filter($this->facts(), fn($fact) => $fact[0] === 'quiz_attempted'));
        self::assertSame([['course' => 'PKA', 'module' => 'Kuis', 'score' => 50]], array_column($told, 'data'));
    }

    /**
     * An attempt that a person has to grade says nothing until that is done; one that is graded anew says so.
     */
    public function test_an_attempt_graded_by_hand_and_anew_is_told_when_graded(): void {
        global $DB;
        $generator = $this->getDataGenerator();
        $quiz = $generator->create_module('quiz', ['course' => $this->course, 'name' => 'Esai', 'grade' => 100, 'sumgrades' => 1]);
        $questions = $generator->get_plugin_generator('core_question');
        $category = $questions->create_question_category();
        quiz_add_quiz_question($questions->create_question('essay', null, ['category' => $category->id])->id, $quiz);
        $this->setUser($this->user);
        $attempt = $generator->get_plugin_generator('mod_quiz')->create_attempt($quiz->id, $this->user->id);
        $attempt = \mod_quiz\quiz_attempt::create($attempt->id);
        $answer = [1 => ['answer' => 'x', 'answerformat' => FORMAT_HTML]];
        $attempt->process_submitted_actions(time(), false, $answer);
        if (method_exists($attempt, 'process_submit')) {
            $attempt->process_submit(time(), false);
            $attempt->process_grade_submission(time());
        } else {
            $attempt->process_finish(time(), false);
        }
        self::assertSame([], $this->facts());
        $this->setAdminUser();
        $attempt = \mod_quiz\quiz_attempt::create($attempt->get_attemptid());
        $quba = \question_engine::load_questions_usage_by_activity($attempt->get_uniqueid());
        $quba->manual_grade(1, 'Baik', 0.7, FORMAT_HTML);
        \question_engine::save_questions_usage_by_activity($quba);
        $DB->set_field('quiz_attempts', 'sumgrades', 0.7, ['id' => $attempt->get_attemptid()]);
        $params = ['objectid' => 1, 'courseid' => $this->course->id, 'context' => \context_module::instance($quiz->cmid),
            'other' => ['quizid' => $quiz->id, 'attemptid' => $attempt->get_attemptid(), 'slot' => 1]];
        \mod_quiz\event\question_manually_graded::create($params)->trigger();
        \mod_quiz\event\question_manually_graded::create($params)->trigger();
        self::assertSame([70], array_values(array_unique($this->scores())));
        $quba->manual_grade(1, 'Kurang', 0.2, FORMAT_HTML);
        \question_engine::save_questions_usage_by_activity($quba);
        \mod_quiz\event\attempt_regraded::create(['objectid' => $attempt->get_attemptid(), 'relateduserid' => $this->user->id,
            'context' => $params['context'], 'other' => ['quizid' => $quiz->id]])->trigger();
        self::assertSame([70, 20], array_values(array_unique($this->scores())));
    }

    /**
     * A feedback: told, but never who answered anonymously.
     */
    public function test_a_feedback_is_told_but_not_an_anonymous_one(): void {
        global $DB;
        $generator = $this->getDataGenerator();
        foreach ([FEEDBACK_ANONYMOUS_NO, FEEDBACK_ANONYMOUS_YES] as $anonymous) {
            $feedback = $generator->create_module('feedback', ['course' => $this->course, 'anonymous' => $anonymous]);
            $completed = ['userid' => $this->user->id, 'feedback' => $feedback->id, 'anonymous_response' => $anonymous];
            $id = $DB->insert_record('feedback_completed', $completed);
            $completed = $DB->get_record('feedback_completed', ['id' => $id]);
            $cm = get_coursemodule_from_id('feedback', $feedback->cmid);
            \mod_feedback\event\response_submitted::create_from_record($completed, $cm)->trigger();
        }
        self::assertSame(['feedback_submitted'], $this->types());
    }

    /**
     * Enrolments that somebody else makes and ends.
     */
    public function test_enrolments_made_by_hand_are_told(): void {
        global $DB;
        $other = $this->getDataGenerator()->create_user(['idnumber' => '1001']);
        $plugin = enrol_get_plugin('manual');
        $instance = $DB->get_record('enrol', ['courseid' => $this->course->id, 'enrol' => 'manual']);
        foreach ([$other, $this->user] as $user) {
            $plugin->enrol_user($instance, $user->id);
            $plugin->unenrol_user($instance, $user->id);
        }
        self::assertSame(['enrolled', 'removed', 'enrolled'], $this->types());
    }

    /**
     * An account that has a seat is suspended, then deleted: its seat goes, too.
     */
    public function test_a_changed_account_is_told_if_it_has_a_seat(): void {
        $stranger = $this->getDataGenerator()->create_user(['idnumber' => '1001']);
        user_update_user((object)['id' => $stranger->id, 'suspended' => 1], false);
        delete_user($stranger);
        user_update_user((object)['id' => $this->user->id, 'suspended' => 1], false);
        delete_user($this->user);
        self::assertSame(['user_changed', 'removed', 'user_changed'], $this->types());
        $facts = $this->facts();
        $nip = ['nip' => '198703122010012004'];
        self::assertSame($nip + ['suspended' => true, 'deleted' => false], $facts[0]['data']);
        self::assertSame($nip + ['suspended' => true, 'deleted' => true], $facts[2]['data']);
    }

    /**
     * A course is hidden, then deleted.
     */
    public function test_a_changed_course_is_told(): void {
        course_change_visibility($this->course->id, false);
        update_course((object)['id' => $this->course->id, 'fullname' => 'Nama baru']);
        delete_course($this->course->id, false);
        $changes = array_column(array_filter($this->facts(), fn($fact) => $fact[0] === 'course_changed'), 'data');
        $course = ['course' => 'PKA', 'name' => 'Nama baru', 'visible' => false];
        self::assertSame($course + ['deleted' => false], $changes[count($changes) - 2]);
        self::assertSame($course + ['deleted' => true], end($changes));
        self::assertContains('removed', $this->types());
    }

    /**
     * What is rolled back was never told.
     */
    public function test_a_fact_goes_with_the_transaction_that_it_is_part_of(): void {
        global $DB;
        $this->preventResetByRollback();
        $plugin = enrol_get_plugin('manual');
        $instance = $DB->get_record('enrol', ['courseid' => $this->course->id, 'enrol' => 'manual']);
        $other = $this->getDataGenerator()->create_user(['idnumber' => '1001']);
        try {
            $transaction = $DB->start_delegated_transaction();
            $plugin->enrol_user($instance, $other->id);
            self::assertSame(['enrolled'], $this->types());
            $transaction->rollback(new \moodle_exception('error'));
        } catch (\moodle_exception $error) {
            self::assertSame([], $this->types());
        }
    }
}
