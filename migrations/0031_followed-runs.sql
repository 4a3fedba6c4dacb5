ALTER TABLE "runs" ADD COLUMN "followed" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "progress" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "went_wrong" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_went_wrong_when_done" CHECK (not "runs"."went_wrong" or "runs"."status" = 'done');--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_progress_while_running" CHECK ("runs"."progress" is null or "runs"."status" = 'running');--> statement-breakpoint
drop trigger runs_move_legally on runs;
--> statement-breakpoint
create trigger runs_move_legally before update on runs for each row
  execute function move_legally('status', 'started_at', 'beat_at', 'mark', 'followed', 'progress', 'cancel_asked_at', 'ended_at', 'summary',
    'rows', 'went_wrong', 'output_sha256', 'output_bytes', 'output_is_cut', 'output_kept_until', 'failure_code', 'failure_message');
--> statement-breakpoint
-- What the target said when it took a run over finds the run again, so it stays.
create trigger runs_followed_once before update on runs for each row
  when (old.followed is not null and old.followed is distinct from new.followed)
  execute function refuse('followed_once', 'the target took this run over already');
