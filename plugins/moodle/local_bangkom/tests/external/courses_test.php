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

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/actions_testcase.php');

#[\PHPUnit\Framework\Attributes\CoversClass(create_courses::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(post_messages::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(push_grades::class)]
/**
 * Tests of courses: their making, grades in them, notes to their people.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\external\create_courses
 * @covers     \local_bangkom\external\post_messages
 * @covers     \local_bangkom\external\push_grades
 */
final class courses_test extends actions_testcase {
    /**
     * The shell of a course.
     */
    public function test_a_course_is_made_with_the_method_and_only_once(): void {
        global $DB;
        $category = $this->getDataGenerator()->create_category(['idnumber' => 'LATSAR']);
        $rows = [
            ['key' => 'a', 'course' => 'LATSAR-1', 'name' => 'Latsar <b>1</b>', 'category' => 'LATSAR'],
            ['key' => 'b', 'course' => 'PKA', 'name' => 'There already'],
            ['key' => 'c', 'course' => 'X', 'name' => 'X', 'category' => 'NONE'],
            ['key' => 'd', 'course' => 'Y'],
        ];
        $said = $this->answers(create_courses::class, $rows);
        self::assertSame(
            ['a' => 'done', 'b' => 'done', 'c' => 'refused lms.unknown_category', 'd' => 'refused lms.bad_row'],
            $said
        );
        $course = $DB->get_record('course', ['idnumber' => 'LATSAR-1'], '*', MUST_EXIST);
        self::assertEquals([$category->id, 1, 1], [$course->category, $course->visible, $course->enablecompletion]);
        self::assertSame('Latsar 1', $course->fullname);
        self::assertSame(1, $DB->count_records('enrol', ['courseid' => $course->id, 'enrol' => 'bangkom']));
        self::assertSame(1, $DB->count_records('enrol', ['courseid' => $this->course->id, 'enrol' => 'bangkom']));
        self::assertSame(['e' => 'done'], $this->answers(enrol_users::class, [self::row('e', ['course' => 'LATSAR-1'])]));
    }

    /**
     * Grades go into an item of their own.
     */
    public function test_a_grade_is_written_for_who_is_in_the_course(): void {
        global $DB;
        $this->answers(enrol_users::class, [self::row('a')]);
        $grade = ['item' => 'Evaluasi', 'grade' => 87.5];
        $said = $this->answers(push_grades::class, [
            self::row('g', $grade),
            self::row('over', ['grade' => 101] + $grade),
            self::row('text', ['grade' => '87'] + $grade),
            self::row('who', ['nip' => '404'] + $grade),
        ]);
        self::assertSame([
            'g' => 'done',
            'over' => 'refused lms.bad_row',
            'text' => 'refused lms.bad_row',
            'who' => 'refused lms.unknown_person',
        ], $said);
        $item = $DB->get_record('grade_items', ['itemtype' => 'manual', 'itemname' => 'Evaluasi'], '*', MUST_EXIST);
        self::assertEquals(87.5, $DB->get_field('grade_grades', 'finalgrade', ['itemid' => $item->id]));
        $outsider = $this->getDataGenerator()->create_user(['idnumber' => '3001']);
        $refused = $this->answers(push_grades::class, [self::row('o', ['nip' => $outsider->idnumber] + $grade)]);
        self::assertSame(['o' => 'refused lms.not_enrolled'], $refused);
    }

    /**
     * A note is a notification whose words are words only.
     */
    public function test_a_note_is_posted_as_plain_words(): void {
        $user = $this->getDataGenerator()->create_user(['idnumber' => self::NIP]);
        $sink = $this->redirectMessages();
        $rows = [self::row('m', ['subject' => 'Undangan', 'text' => 'Isi <script>alert(1)</script>'])];
        self::assertSame(['m' => 'done'], $this->answers(post_messages::class, $rows));
        self::assertSame(['m' => 'done'], $this->answers(post_messages::class, $rows));
        $posted = $sink->get_messages();
        self::assertCount(1, $posted);
        self::assertEquals([$user->id, 'Undangan'], [$posted[0]->useridto, $posted[0]->subject]);
        self::assertStringNotContainsString('<script>', $posted[0]->fullmessagehtml);
    }
}
