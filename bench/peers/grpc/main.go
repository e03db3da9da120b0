// A gRPC server with two methods of the EstimationService as a yardstick, written for speed: Store is PFADD and
// EXPIRE in one round trip, Count is PFCOUNT of the bucket of today, which is less work than a count over 14 days. It
// validates nothing and measures nothing.
//
//	grpc LISTEN REDIS_ADDRESS
package main

import (
	"context"
	"log"
	"net"
	"os"
	"time"

	"github.com/gomodule/redigo/redis"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

const windowDays = 14

// Both requests begin with a segment as field 1 and go on with a user as field 2, or without one. Both are read
// by hand, as generated code would do it, so that no generator is needed to build this.
type message struct {
	segment, user string
	encoded       []byte
}

type wireCodec struct{}

func (wireCodec) Name() string { return "proto" }

func (wireCodec) Marshal(value interface{}) ([]byte, error) {
	return value.(*message).encoded, nil
}

func (wireCodec) Unmarshal(data []byte, value interface{}) error {
	request := value.(*message)
	for len(data) > 0 {
		number, kind, length := protowire.ConsumeTag(data)
		if length < 0 {
			return protowire.ParseError(length)
		}
		data = data[length:]
		if kind != protowire.BytesType {
			length = protowire.ConsumeFieldValue(number, kind, data)
		} else {
			var text []byte
			text, length = protowire.ConsumeBytes(data)
			switch number {
			case 1:
				request.segment = string(text)
			case 2:
				request.user = string(text)
			}
		}
		if length < 0 {
			return protowire.ParseError(length)
		}
		data = data[length:]
	}
	return nil
}

func keyOfToday(segment string) string {
	return segment + ":" + time.Now().UTC().Format("2006-01-02")
}

func store(conn redis.Conn, request *message) (*message, error) {
	key := keyOfToday(request.segment)
	conn.Send("PFADD", key, request.user)
	conn.Send("EXPIRE", key, windowDays*86400)
	if _, err := conn.Do(""); err != nil {
		return nil, err
	}
	return &message{}, nil
}

func count(conn redis.Conn, request *message) (*message, error) {
	users, err := redis.Int64(conn.Do("PFCOUNT", keyOfToday(request.segment)))
	if err != nil {
		return nil, err
	}
	answer := protowire.AppendTag(nil, 1, protowire.BytesType)
	answer = protowire.AppendString(answer, request.segment)
	answer = protowire.AppendTag(answer, 2, protowire.VarintType)
	answer = protowire.AppendVarint(answer, uint64(users))
	return &message{encoded: answer}, nil
}

func method(pool *redis.Pool, name string, run func(redis.Conn, *message) (*message, error)) grpc.MethodDesc {
	handle := func(_ interface{}, _ context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
		request := &message{}
		if err := decode(request); err != nil {
			return nil, err
		}
		conn := pool.Get()
		defer conn.Close()
		answer, err := run(conn, request)
		if err != nil {
			return nil, status.Error(codes.Unavailable, err.Error())
		}
		return answer, nil
	}
	return grpc.MethodDesc{MethodName: name, Handler: handle}
}

func main() {
	listen, address := os.Args[1], os.Args[2]
	encoding.RegisterCodec(wireCodec{})
	pool := &redis.Pool{MaxIdle: 64, MaxActive: 64, Wait: true, Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", address)
	}}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "segment.v1.EstimationService",
		HandlerType: (*interface{})(nil),
		Methods:     []grpc.MethodDesc{method(pool, "Store", store), method(pool, "Count", count)},
	}, struct{}{})
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(listener))
}
