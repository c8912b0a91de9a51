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

namespace local_bangkom\privacy;

use core_privacy\local\request\{approved_contextlist, approved_userlist, userlist, writer};
use local_bangkom\outbox;

#[\PHPUnit\Framework\Attributes\CoversClass(provider::class)]
/**
 * Tests of what people are given and can have deleted.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\privacy\provider
 */
final class provider_test extends \core_privacy\tests\provider_testcase {
    /** @var \stdClass Somebody. */
    private \stdClass $user;

    /** @var \stdClass Somebody else. */
    private \stdClass $other;

    /**
     * Two people with a fact each.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->resetAfterTest();
        $this->user = $this->getDataGenerator()->create_user();
        $this->other = $this->getDataGenerator()->create_user();
        outbox::put(['id' => 'a', 'data' => ['course' => 'PKA']], $this->user->id);
        outbox::put(['id' => 'b', 'data' => ['course' => 'PKA']], $this->other->id);
    }

    /**
     * The context of the first.
     *
     * @return \context_user
     */
    private function context(): \context_user {
        return \context_user::instance($this->user->id);
    }

    /**
     * What is kept is in a person's own context.
     */
    public function test_what_is_kept_is_found_in_the_persons_context(): void {
        self::assertEquals([$this->context()->id], provider::get_contexts_for_userid($this->user->id)->get_contextids());
        $userlist = new userlist($this->context(), 'local_bangkom');
        provider::get_users_in_context($userlist);
        self::assertEquals([$this->user->id], $userlist->get_userids());
        $nobody = new userlist(\context_system::instance(), 'local_bangkom');
        provider::get_users_in_context($nobody);
        self::assertCount(0, $nobody);
    }

    /**
     * It is given to the person.
     */
    public function test_it_is_exported(): void {
        $this->export_context_data_for_user($this->user->id, $this->context(), 'local_bangkom');
        $given = writer::with_context($this->context())->get_data([get_string('pluginname', 'local_bangkom')]);
        self::assertCount(1, $given->facts);
        self::assertSame('PKA', $given->facts[0]->body->data->course);
    }

    /**
     * It is deleted, and nobody else's is.
     */
    public function test_it_is_deleted_in_each_of_the_three_ways(): void {
        global $DB;
        $ways = [
            fn() => provider::delete_data_for_all_users_in_context($this->context()),
            fn() => provider::delete_data_for_user(
                new approved_contextlist($this->user, 'local_bangkom', [$this->context()->id])
            ),
            fn() => provider::delete_data_for_users(
                new approved_userlist($this->context(), 'local_bangkom', [$this->user->id])
            ),
        ];
        foreach ($ways as $way) {
            outbox::put(['id' => 'c'], $this->user->id);
            $way();
            self::assertSame(0, $DB->count_records(outbox::TABLE, ['userid' => $this->user->id]));
            self::assertSame(1, $DB->count_records(outbox::TABLE, ['userid' => $this->other->id]));
        }
    }
}
